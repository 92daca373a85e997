"""What an answer costs beside its model, over HTTP: alone, and fifty streams at a time.

    python -m benchmarks.answer_overhead SET [--data-dir DIR] [--streams 50]

SET is an evaluation set with corpus/ and questions.jsonl. A real `vouch up` serves an index of its
corpus in small chunks (some 10,000 of the 18F handbook), kept in DIR for the next time. A model in
a process of its own writes sentences of the passages that it is given, at a set pace, and says
when. Prints times until a stream's events, what is left of them without the model's own, and how
far a claim lags behind its last word: if streams starved one another, some would lag far.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.answer_overhead.figures import Figures, figures_of, print_figures
from benchmarks.answer_overhead.streams import LONGEST_S, Stream, ask_at_once, ask_in_turn
from benchmarks.support import percentile, register_folder, sync_source
from tests.integration.server_process import running_process
from tests.integration.vouch_process import VouchProcess, vouch_process
from vouch.client import VouchClient

_WARM_UP = 5


def main() -> None:
    parser = argparse.ArgumentParser(description="What an answer costs beside its model.")
    parser.add_argument("set", type=Path)
    parser.add_argument("--chunk-tokens", type=int, default=44)
    parser.add_argument("--data-dir", type=Path, help="keeps the index, or has it already")
    parser.add_argument("--alone", type=int, default=40, help="streams one at a time")
    parser.add_argument("--streams", type=int, default=50, help="streams at once")
    parser.add_argument("--words-per-s", type=float, default=20, help="the model's, at once")
    arguments = parser.parse_args()
    lines = (arguments.set / "questions.jsonl").read_text().splitlines()
    questions = [
        item["question"] for item in map(json.loads, lines) if item["gold"] and not item["history"]
    ]
    with ExitStack() as stack:
        folder = arguments.data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = {"CHUNKING__MAX_TOKENS": str(arguments.chunk_tokens)}
        with vouch_process(folder, **settings) as server:
            _ensure_indexed(server, arguments.set / "corpus")
            _measure(server, None, "without a model", questions, arguments)
        for pace, title in (("0", "a model that takes no time"), *_paced(arguments.words_per_s)):
            with (
                _model() as model,
                vouch_process(folder, **settings, **_tier(model, pace)) as server,
            ):
                _measure(server, model, title, questions, arguments)


def _paced(words_per_s: float) -> list[tuple[str, str]]:
    return [(f"{words_per_s:g}", f"a model of {words_per_s:g} words a second")]


def _ensure_indexed(server: VouchProcess, corpus: Path) -> None:
    with VouchClient(server.url, api_key=server.admin_key) as client:
        if not client.get("/v1/sources"):
            sync_source(client, register_folder(client, corpus.resolve()))
        (source,) = client.get("/v1/sources")
        (run,) = client.get(f"/v1/sources/{source['id']}/runs")
        print(f"chunks: {run['chunks_embedded'] + run['chunks_reused']}", flush=True)


@contextmanager
def _model() -> Iterator[str]:
    with running_process("benchmarks.answer_overhead.model_process") as port:
        yield f"http://127.0.0.1:{port}"


def _tier(model: str, pace: str) -> dict[str, str]:
    """Settings of a tier that writes as many answers as the server makes at once."""
    values = {
        "URL": f"{model}/v1",
        "MODEL": f"pace-{pace}",
        "STYLE": "markers",
        "TIMEOUT_S": str(LONGEST_S),
        "MAX_CONCURRENT": "1000",
    }
    return {f"MODELS__LARGE__{name}": value for name, value in values.items()} | {
        "MODELS__DEADLINE_S": str(LONGEST_S)
    }


def _measure(
    server: VouchProcess,
    model: str | None,
    title: str,
    questions: Sequence[str],
    arguments: argparse.Namespace,
) -> None:
    key = server.admin_key
    asyncio.run(ask_in_turn(server.url, key, questions[-_WARM_UP:]))
    alone = asyncio.run(ask_in_turn(server.url, key, questions[: arguments.alone]))
    one = _report(f"{title}: one stream at a time", alone, model)
    # Other questions: what was written for these is not taken for those.
    chosen = [*questions[arguments.alone :], *questions][: arguments.streams]
    together = asyncio.run(ask_at_once(server.url, key, chosen))
    many = _report(f"{title}: {len(chosen)} streams at once", together, model)
    print()
    for row in ("first event (meta)", "behind the model, a claim"):
        if row in one.rows and row in many.rows:
            ratio = percentile(many.rows[row], 0.95) / percentile(one.rows[row], 0.95)
            print(f"{row}: p95 at once over alone {ratio:.1f}")


def _report(title: str, streams: Sequence[Stream], model: str | None) -> Figures:
    written: list[dict[str, Any]] = []
    if model is not None:
        written = httpx.get(f"{model}/written", trust_env=False).json()
    figures = figures_of(streams, written)
    print_figures(title, figures)
    failures = [stream.failure for stream in streams if stream.failure]
    by_model = sum(stream.model.startswith("pace-") for stream in streams)
    answered = sum(stream.status == "answered" for stream in streams)
    print(
        f"\n{len(streams)} streams: {answered} answered, {by_model} of them by the model; "
        f"{len(failures)} failed {sorted(set(failures))}"
    )
    return figures


if __name__ == "__main__":
    main()
