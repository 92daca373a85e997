"""`vouch eval judge` step by step: what is stored, what is kept of a judging that was cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from core.settings import JudgeSettings
from evaluation.judge.agreement import measure_agreement
from evaluation.judge.agreement_table import print_agreement
from evaluation.judge.contract import Judge
from evaluation.judge.judging import judge_results, judged_run, require_answers, settled
from evaluation.judge.labels import LabelledCase
from evaluation.judge.lexical import LexicalJudge
from evaluation.judge.model_judge import ModelJudge
from evaluation.judge.progress import JudgingProgress
from evaluation.judgements import Judgement
from evaluation.language_model.choice import load_model
from evaluation.metrics.registry import JUDGED, find_metric
from evaluation.runs import Run, read_run, write_run
from vouch.progress import progress_bar


def judge_stored_run(path: Path, judge: Judge, *, concurrency: int) -> Run:
    """Judge the run in this file, and write it back with what the judge said.

    Raises RunUnreadable, NothingToJudge, ModelUnavailable, ModelMisconfigured; what was judged
    until then is kept beside the file.
    """
    run = read_run(path)
    require_answers(run)
    progress = JudgingProgress.open(path, run, judge=judge.identity)
    done = settled(run, judge) | {
        question_id: judgement
        for question_id, judgement in progress.done.items()
        if judgement.is_complete
    }
    waiting = [result for result in run.results if result.question.id not in done]
    with (
        _resumable(progress, total=len(run.results)),
        progress_bar("judged", total=len(waiting)) as advance,
    ):

        def keep(question_id: str, judgement: Judgement) -> None:
            progress.add(question_id, judgement)
            advance()

        judge_results(waiting, judge, concurrency=concurrency, on_judged=keep)
    judged = judged_run(run, judge, done | progress.done)
    write_run(judged, path)
    progress.drop()
    return judged


def show_judged(run: Run, path: Path) -> None:
    """The judge's scores with their intervals, and what was not judged, with the reasons."""
    for name in run.overall.metrics:
        score, metric = run.overall.metrics[name], find_metric(name)
        if name in JUDGED and metric is not None and score.value is not None:
            interval = score.interval
            bounds = f"  {interval.low:.3f} to {interval.high:.3f}" if interval else ""
            click.echo(f"{name:<26} {score.value:.3f}{bounds}  n = {score.n}")
    if run.not_judged:
        click.echo(f"Not judged: {run.not_judged} of {len(run.results)}; the command asks again.")
        problems = [result.judgement.problem for result in run.results if result.judgement]
        for problem in dict.fromkeys(filter(None, problems)):
            click.echo(f"  {problems.count(problem)} times: {problem}")
    click.echo(f"Stored: {path}")


def show_agreement(cases: Sequence[LabelledCase], settings: JudgeSettings) -> None:
    """The judge's agreement where a model is set, and that of the judge that counts words.

    Raises ModelUnavailable, ModelMisconfigured.
    """
    found = [measure_agreement(cases, LexicalJudge())]
    if settings.url is None and settings.model is None:
        click.echo("No model is set (VOUCH_JUDGE__URL, VOUCH_JUDGE__MODEL).", err=True)
    else:
        judge = ModelJudge(load_model(settings))
        with progress_bar("judged", total=len(cases)) as advance:
            found.insert(
                0,
                measure_agreement(
                    cases, judge, concurrency=settings.concurrency, on_judged=advance
                ),
            )
    print_agreement(found, Console())


@contextmanager
def _resumable(progress: JudgingProgress, *, total: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        click.echo(
            f"Cut off: {len(progress.done)} of {total} questions are judged and kept. The same "
            "command goes on.",
            err=True,
        )
        raise
