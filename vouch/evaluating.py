"""`vouch eval`: a set's corpus into a scratch index, its questions through the HTTP API."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from core.settings import ChunkingSettings, SearchSettings, ServerSettings, Settings
from evaluation.answers import Answered, answered_from_response
from evaluation.passages import FoundPassage
from evaluation.report import to_json
from evaluation.runner import Evaluation, evaluate
from evaluation.sets import EvaluationSet, Question, Turn, load_evaluation_set
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

    def search_many(self, questions: Sequence[Question]) -> list[list[FoundPassage]]:
        """The API's hits, question by question."""
        return [self._search(question) for question in questions]

    def answer(self, question: Question) -> Answered:
        """The API's answer, and how long it took."""
        body = {"question": question.question, "history": _messages(question.history)}
        started = time.perf_counter()
        response = self._client.post("/v1/answer", body)
        return answered_from_response(response, latency_s=time.perf_counter() - started)

    def _search(self, question: Question) -> list[FoundPassage]:
        body = {
            "query": question.question,
            "history": _messages(question.history),
            "top_k": _SEARCH_CHUNKS,
        }
        return [
            FoundPassage(
                path=hit["document"]["path"],
                text=hit["passage"]["text"],
                chunk_id=hit["passage"]["chunk_id"],
                start=hit["passage"]["start"],
                end=hit["passage"]["end"],
            )
            for hit in self._client.post("/v1/search", body)["hits"]
        ]


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
            on_result=lambda _: progress.advance(task),
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
