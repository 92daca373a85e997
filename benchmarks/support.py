"""What the benchmarks share: a scratch Vouch over HTTP, and a record of what was embedded."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.settings import ServerSettings, Settings
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from retrieval.embedders.vectors import Encoding
from vouch.client import VouchClient
from vouch.embedded import Embedded
from vouch.server import ADMIN_KEY_FILE, background_server, ensure_admin_key

_UNFINISHED = ("queued", "listing", "processing")


@dataclass(frozen=True, slots=True)
class Scratch:
    """A running Vouch with nothing in it."""

    client: VouchClient
    embedded: Embedded
    url: str
    api_key: str

    def register(self, folder: Path) -> str:
        """Register a folder that all may read; returns the source's id."""
        return register_folder(self.client, folder)

    def ensure_indexed(self, folder: Path) -> None:
        """Index the folder, unless the index already holds something."""
        if self.embedded.services.index.count() == 0:
            self.sync(self.register(folder.resolve()))

    def sync(self, source_id: str) -> tuple[dict[str, Any], float]:
        """Sync and wait: the ended run, and the seconds from the request to the end."""
        started = time.perf_counter()
        run = sync_source(self.client, source_id)
        return run, time.perf_counter() - started


def register_folder(client: VouchClient, folder: Path) -> str:
    """As a source that all may read; returns its id."""
    source = {
        "name": "benchmark",
        "kind": "filesystem",
        "config": {"root": str(folder)},
        "acl": ["everyone"],
        "owner": {"name": "benchmark", "contact": "benchmark@acme.test"},
    }
    return str(client.post("/v1/sources", source)["id"])


def sync_source(client: VouchClient, source_id: str) -> dict[str, Any]:
    """The run, once it has ended."""
    run: dict[str, Any] = client.post(f"/v1/sources/{source_id}/sync")
    wait_s = 0.005
    while run["state"] in _UNFINISHED:
        # A short run is timed to the millisecond; a long one is not slowed down by watching.
        time.sleep(wait_s)
        wait_s = min(0.5, wait_s * 1.2)
        run = client.get(f"/v1/sources/{source_id}/runs/{run['id']}")
    return run


@contextmanager
def scratch_vouch(data_dir: Path | None = None, **sections: Any) -> Iterator[Scratch]:
    """Vouch on a temporary folder, or on `data_dir`, with these sections of the settings."""
    with ExitStack() as stack:
        folder = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings(data_dir=folder, server=ServerSettings(port=0), **sections)
        with Embedded(settings) as embedded:
            ensure_admin_key(embedded.services.identity, settings.data_dir)
            key = (settings.data_dir / ADMIN_KEY_FILE).read_text()
            with background_server(embedded.services, host="127.0.0.1", port=0) as url:
                client = VouchClient(url, api_key=key)
                try:
                    yield Scratch(client, embedded, url, key)
                finally:
                    client.close()


@contextmanager
def recorded_passages() -> Iterator[list[str]]:
    """Every text that is given to the default embedder as a passage inside the block."""
    recorded: list[str] = []
    original = SentenceTransformersEmbedder.encode_passages

    def recording(self: SentenceTransformersEmbedder, texts: Sequence[str]) -> list[Encoding]:
        recorded.extend(texts)
        return original(self, texts)

    SentenceTransformersEmbedder.encode_passages = recording  # type: ignore[method-assign]
    try:
        yield recorded
    finally:
        SentenceTransformersEmbedder.encode_passages = original  # type: ignore[method-assign]


def sentences_as_questions(folder: Path, *, count: int) -> list[str]:
    """At most `count` sentences of the folder's own text files, as queries of some ten words."""
    texts = (path.read_text(errors="ignore") for path in sorted(folder.rglob("*.md")))
    sentences = [
        " ".join(words[:10])
        for text in texts
        for sentence in re.split(r"[.\n]", text)
        if len(words := re.findall(r"[A-Za-z']+", sentence)) >= 8
    ]
    step = max(1, len(sentences) // count)
    return sentences[::step][:count]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies; 0.5 is the median."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
