"""`vouch eval run`: a set's questions through the HTTP API, into a stored run."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from rich.console import Console

from core.errors import ConfigurationError
from core.settings import ChunkingSettings, SearchSettings, Settings
from evaluation.code_version import code_version
from evaluation.report import to_json
from evaluation.runner import Evaluation, evaluate
from evaluation.runs import PartialRun, Run, RunInfo, RunStore
from evaluation.scores import QuestionResult
from evaluation.sets import EvaluationSet
from evaluation.table import print_table
from vouch.api_under_test import ApiUnderTest, api_under_test
from vouch.progress import progress_bar
from vouch.scratch_index import corpus_served

_FLOOR = {
    "chunking": ChunkingSettings(strategy="fixed"),
    "search": SearchSettings(mode="dense", late_interaction=False),
}
_MEASURED_SECTIONS = {"embedding", "chunking", "search", "reranker", "answer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveServer:
    """A server to ask instead of one's own."""

    url: str
    api_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to run. `keep` is a folder for the scratch index; None means one that goes afterwards.

    `name` None means the set's name and the time. With `is_resumed`, `name` is that of a run that
    was cut off. `is_bare` leaves the texts of passages and answers out of the stored run.
    """

    runs: RunStore
    live: LiveServer | None = None
    keep: Path | None = None
    with_floor: bool = True
    with_answers: bool = True
    name: str | None = None
    is_resumed: bool = False
    is_bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What a run gave, and where it is stored. The floor is a run as well, named `NAME-floor`."""

    run: Run
    floor: Run | None
    path: Path


def run_evaluation(
    evaluation_set: EvaluationSet, settings: Settings, options: RunOptions
) -> Evaluated:
    """Ask every question, and store the run.

    The floor is plain dense retrieval over fixed-size chunks with the same model, in the same run;
    a live server has none. Raises ConfigurationError, ApiProblem, NoServer.
    """
    with ExitStack() as stack:
        scratch = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with _server(evaluation_set, settings, options.live, scratch / "default") as api:
            partial = _partial_run(evaluation_set, settings, options, api)
            with _resumable(partial, total=len(evaluation_set.questions)):
                evaluation = _ask(evaluation_set, api, partial, with_answers=options.with_answers)
        run = Run.of(partial.info, evaluation)
        floor = None
        if options.with_floor and options.live is None:
            floor_settings = settings.model_copy(update=_FLOOR)
            with corpus_served(evaluation_set, floor_settings, scratch / "floor") as api:
                floor = _run_floor(evaluation_set, floor_settings, api, name=f"{run.name}-floor")
            options.runs.save(floor.bare() if options.is_bare else floor)
    path = options.runs.save(run.bare() if options.is_bare else run)
    return Evaluated(run=run, floor=floor, path=path)


def show_evaluation(evaluated: Evaluated, *, json_path: Path | None) -> None:
    """Print the table, and write the JSON where asked."""
    run, floor = evaluated.run, evaluated.floor
    floor_evaluation = None if floor is None else floor.evaluation
    print_table(run.evaluation, floor_evaluation, Console())
    click.echo(f"Stored: {evaluated.path}")
    if json_path is not None:
        config: dict[str, Any] = {"set": run.set.name, **run.configuration}
        if floor is not None:
            config["floor"] = {name: floor.configuration[name] for name in _FLOOR}
        report = to_json(run.evaluation, floor_evaluation, config)
        json_path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
        click.echo(f"Written: {json_path}")


@contextmanager
def _server(
    evaluation_set: EvaluationSet, settings: Settings, live: LiveServer | None, data_dir: Path
) -> Iterator[ApiUnderTest]:
    if live is None:
        with corpus_served(evaluation_set, settings, data_dir) as api:
            yield api
    else:
        with api_under_test(live.url, api_key=live.api_key) as api:
            yield api


def _partial_run(
    evaluation_set: EvaluationSet, settings: Settings, options: RunOptions, api: ApiUnderTest
) -> PartialRun:
    configuration = _configuration(settings) if options.live is None else _asked(options.live)
    configuration["with_answers"] = options.with_answers
    info = _info(evaluation_set, configuration, api, name=options.name)
    if not options.is_resumed:
        return options.runs.begin(info)
    partial = options.runs.resume(info.name)
    if not partial.info.measures_the_same(info):
        raise ConfigurationError(
            f"The run {info.name!r} was begun with another set, configuration or code. Go back to "
            "what they were, or run anew without --resume."
        )
    return partial


def _run_floor(
    evaluation_set: EvaluationSet, settings: Settings, api: ApiUnderTest, *, name: str
) -> Run:
    info = _info(evaluation_set, _configuration(settings), api, name=name)
    with progress_bar("floor", total=len(evaluation_set.questions)) as advance:
        evaluation = evaluate(evaluation_set.questions, searcher=api, on_result=lambda _: advance())
    return Run.of(info, evaluation)


def _ask(
    evaluation_set: EvaluationSet, api: ApiUnderTest, partial: PartialRun, *, with_answers: bool
) -> Evaluation:
    questions = evaluation_set.questions
    with progress_bar("questions", total=len(questions) - len(partial.done)) as advance:

        def keep(result: QuestionResult) -> None:
            partial.add(result)
            advance()

        return evaluate(
            questions,
            searcher=api,
            answerer=api if with_answers else None,
            done=partial.done,
            on_result=keep,
        )


@contextmanager
def _resumable(partial: PartialRun, *, total: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        click.echo(
            f"Cut off: {len(partial.done)} of {total} questions are done and kept. Go on with the "
            f"same command and --resume {partial.info.name}",
            err=True,
        )
        raise


def _info(
    evaluation_set: EvaluationSet,
    configuration: dict[str, Any],
    api: ApiUnderTest,
    *,
    name: str | None,
) -> RunInfo:
    now = datetime.now(UTC)
    set_name = re.sub(r"[^\w.+-]", "-", evaluation_set.name)
    return RunInfo(
        name=name or f"{set_name}-{now:%Y%m%d-%H%M%S}",
        started_at=now,
        set=evaluation_set.identity(),
        configuration=configuration,
        generation=api.generation(),
        code=code_version(),
    )


def _configuration(settings: Settings) -> dict[str, Any]:
    """What another run must share for its numbers to compare."""
    return settings.model_dump(mode="json", include=_MEASURED_SECTIONS)


def _asked(live: LiveServer) -> dict[str, Any]:
    """The server, without a password that its URL may hold."""
    url = urlsplit(live.url)
    return {"server": url._replace(netloc=url.netloc.rpartition("@")[2], query="").geturl()}
