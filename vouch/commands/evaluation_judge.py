"""`vouch eval judge` and `judge-agreement`: answers graded by a model, and how far to trust it."""

from __future__ import annotations

from pathlib import Path

import click

from vouch.commands.stored_runs import run_store, runs_option


@click.command()
@click.argument("run")
@runs_option
def judge(run: str, runs_dir: Path | None) -> None:
    """Let the model at VOUCH_JUDGE__URL grade the answers of RUN: a name, or the path of its file.

    The grades are stored in the run. A judging that was cut off goes on with the same command, and
    what was not judged is asked again.
    """
    from core.settings import load_settings
    from core.telemetry import configure_logging
    from evaluation.judge.model_judge import ModelJudge
    from evaluation.language_model.choice import load_model
    from vouch.judging import judge_stored_run, show_judged

    settings = load_settings()
    configure_logging(settings.telemetry.model_copy(update={"log_level": "warning"}))
    path = run_store(runs_dir).find(run)
    judged = judge_stored_run(
        path, ModelJudge(load_model(settings.judge)), concurrency=settings.judge.concurrency
    )
    show_judged(judged, path)


@click.command("judge-agreement")
@click.argument("labels", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def judge_agreement(labels: Path) -> None:
    """Hold the judge against LABELS: JSON lines of question, reference, answer and label.

    Beside it stands a judge that only counts words. Without a model only that one is measured.
    """
    from core.settings import load_settings
    from core.telemetry import configure_logging
    from evaluation.judge.labels import load_labels
    from vouch.judging import show_agreement

    settings = load_settings()
    configure_logging(settings.telemetry.model_copy(update={"log_level": "warning"}))
    show_agreement(load_labels(labels), settings.judge)
