"""`vouch eval`: a set's corpus into a scratch index, its questions through the HTTP API."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from core.settings import ChunkingSettings, SearchSettings, ServerSettings, Settings
from evaluation.report import to_json
from evaluation.runner import Answered, Evaluation, evaluate
from evaluation.sets import EvaluationSet, Turn, load_evaluation_set
from evaluation.table import print_table
from vouch.client import VouchClient
from vouch.ingesting import ensure_source, run_sync
from vouch.server import ADMIN_KEY_FILE, running_vouch

# The most that the API returns: enough chunks for ten distinct documents.
_SEARCH_CHUNKS = 200
_FLOOR = {
    "chunking": ChunkingSettings(strategy="fixed"),
    "search": SearchSettings(mode="dense", late_interaction=False),
}


def evaluate_folder(
    folder: Path,
    *,
    settings: Settings,
    json_path: Path | None,
    keep: Path | None,
    with_floor: bool,
) -> None:
    """Print the table, and write the JSON where asked.

    The floor is plain dense retrieval over fixed-size chunks with the same model, in the same run.
    Raises ConfigurationError for a folder that is no evaluation set.
    """
    evaluation_set = load_evaluation_set(folder)
    with ExitStack() as stack:
        scratch = keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with _corpus_ingested(evaluation_set, settings, scratch / "default") as client:
            result = _evaluate(evaluation_set, client, with_answers=True, label="questions")
        floor = None
        if with_floor:
            floor_settings = settings.model_copy(update=_FLOOR)
            with _corpus_ingested(evaluation_set, floor_settings, scratch / "floor") as client:
                floor = _evaluate(evaluation_set, client, with_answers=False, label="floor")
    print_table(result, floor, Console())
    if json_path is not None:
        report = to_json(result, floor, _config(evaluation_set, settings))
        json_path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
        click.echo(f"Written: {json_path}")


class ApiUnderTest:
    """Search and answers as any client gets them."""

    def __init__(self, client: VouchClient) -> None:
        self._client = client

    def search(self, question: str, history: Sequence[Turn], *, limit: int) -> list[str]:
        """Paths of the documents of the best chunks, each once."""
        body = {"query": question, "history": _messages(history), "top_k": _SEARCH_CHUNKS}
        hits = self._client.post("/v1/search", body)["hits"]
        return list(dict.fromkeys(hit["document"]["path"] for hit in hits))[:limit]

    def answer(self, question: str, history: Sequence[Turn]) -> Answered:
        """The answer's text, and the paths of what it cites."""
        body = {"question": question, "history": _messages(history)}
        response = self._client.post("/v1/answer", body)
        return Answered(
            status=response["status"],
            text=response["answer"],
            cited=[source["document"]["path"] for source in response["sources"]],
        )


@contextmanager
def _corpus_ingested(
    evaluation_set: EvaluationSet, settings: Settings, data_dir: Path
) -> Iterator[VouchClient]:
    scratch = settings.model_copy(
        update={"data_dir": data_dir, "server": ServerSettings(host="127.0.0.1", port=0)}
    )
    with running_vouch(scratch) as (url, _):
        client = VouchClient(url, api_key=(data_dir / ADMIN_KEY_FILE).read_text())
        try:
            source = ensure_source(
                client, evaluation_set.corpus.resolve(), name="corpus", owner=None, acl=()
            )
            run_sync(
                client,
                source["id"],
                dry_run=False,
                scope="changes",
                approve_deletions=False,
            )
            yield client
        finally:
            client.close()


def _evaluate(
    evaluation_set: EvaluationSet, client: VouchClient, *, with_answers: bool, label: str
) -> Evaluation:
    api = ApiUnderTest(client)
    console = Console(stderr=True)
    with Progress(console=console, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(label, total=len(evaluation_set.questions))
        return evaluate(
            evaluation_set.questions,
            searcher=api,
            answerer=api if with_answers else None,
            on_progress=lambda done, _: progress.update(task, completed=done),
        )


def _messages(history: Sequence[Turn]) -> list[dict[str, str]]:
    return [turn.model_dump() for turn in history]


def _config(evaluation_set: EvaluationSet, settings: Settings) -> dict[str, Any]:
    """What another run must share for its numbers to compare."""
    sections = settings.model_dump(
        mode="json", include={"embedding", "chunking", "search", "answer"}
    )
    floor = {name: section.model_dump(mode="json") for name, section in _FLOOR.items()}
    return {"set": evaluation_set.name, **sections, "floor": floor}
