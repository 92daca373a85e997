"""`vouch eval`: how good retrieval and answers are on a set of questions, and what changed."""

from __future__ import annotations

from pathlib import Path

import click

from core.errors import VouchError
from vouch.commands.evaluation_drafts import accept, draft
from vouch.commands.evaluation_judge import judge, judge_agreement
from vouch.commands.evaluation_sets import export_command, import_command
from vouch.commands.stored_runs import run_store, runs_option

_FAILED, _UNUSABLE = 1, 2


class _RunByDefault(click.Group):
    """`vouch eval FOLDER` is `vouch eval run FOLDER`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and Path(args[0]).is_dir():
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group("eval", cls=_RunByDefault)
def evaluate() -> None:
    """Measure retrieval and answers on a set of questions; compare, report and gate the runs.

    `vouch eval FOLDER` is short for `vouch eval run FOLDER`.
    """


@evaluate.command("run")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--corpus",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The documents, where they are not in FOLDER/corpus.",
)
@click.option(
    "--server", "url", help="Ask this server instead: gold paths are those of its sources."
)
@click.option("--api-key", envvar="VOUCH_API_KEY", help="For --server; by default VOUCH_API_KEY.")
@click.option("--name", help="The run's name; by default the set's name and the time.")
@click.option("--resume", metavar="NAME", help="Go on with a run that was cut off.")
@runs_option
@click.option("--bare", is_flag=True, help="Store no text of passages and answers.")
@click.option("--no-answers", is_flag=True, help="Measure retrieval only.")
@click.option(
    "--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write the result."
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the scratch index in this folder; a later run over the same corpus is then quick.",
)
@click.option("--no-floor", is_flag=True, help="Leave out the plain dense retrieval it must beat.")
def run(
    folder: Path,
    corpus: Path | None,
    url: str | None,
    api_key: str | None,
    name: str | None,
    resume: str | None,
    runs_dir: Path | None,
    bare: bool,
    no_answers: bool,
    json_path: Path | None,
    keep: Path | None,
    no_floor: bool,
) -> None:
    """Ask FOLDER/questions.jsonl of a scratch index over FOLDER/corpus, and store the scores.

    With --server the questions go to a running server, and FOLDER needs no documents.
    """
    from core.settings import load_settings
    from core.telemetry import configure_logging
    from evaluation.sets import load_evaluation_set
    from vouch.evaluating import LiveServer, RunOptions, run_evaluation, show_evaluation

    if url is not None and not api_key:
        raise click.UsageError("--server needs --api-key, or VOUCH_API_KEY.")
    if url is not None and corpus is not None:
        raise click.UsageError("--server has its own documents: leave --corpus out.")
    if name is not None and resume is not None:
        raise click.UsageError("A resumed run keeps its name: leave --name out.")
    settings = load_settings()
    configure_logging(settings.telemetry.model_copy(update={"log_level": "warning"}))
    evaluation_set = load_evaluation_set(folder, corpus=corpus, is_live=url is not None)
    evaluated = run_evaluation(
        evaluation_set,
        settings,
        RunOptions(
            runs=run_store(runs_dir),
            live=LiveServer(url=url, api_key=api_key) if url and api_key else None,
            keep=keep,
            with_floor=not no_floor,
            with_answers=not no_answers,
            name=resume or name,
            is_resumed=resume is not None,
            is_bare=bare,
        ),
    )
    show_evaluation(evaluated, json_path=json_path)


@evaluate.command()
@click.argument("before")
@click.argument("after")
@click.option(
    "--common", is_flag=True, help="Compare the questions that both have, if sets differ."
)
@runs_option
def compare(before: str, after: str, common: bool, runs_dir: Path | None) -> None:
    """Show what changed from run BEFORE to run AFTER: names, or paths of their files."""
    from rich.console import Console

    from evaluation.comparison import compare as compare_runs
    from evaluation.comparison_table import print_comparison

    store = run_store(runs_dir)
    comparison = compare_runs(store.load(before), store.load(after), is_common_only=common)
    print_comparison(comparison, Console())


@evaluate.command()
@click.argument("run")
@click.argument("after", required=False)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; by default RUN.html in this folder.",
)
@runs_option
def report(run: str, after: str | None, output: Path | None, runs_dir: Path | None) -> None:
    """Write RUN as one HTML page; with AFTER also what changed from RUN to it."""
    from evaluation.html_report import render_report

    store = run_store(runs_dir)
    first = store.load(run)
    second = store.load(after) if after else None
    path = output or Path(f"{(second or first).name}.html")
    path.write_text(render_report(first, second), "utf-8")
    click.echo(f"Written: {path}")


@evaluate.command()
@click.argument("run")
@click.option("--baseline", help="The run to be no worse than: a name or a path.")
@click.option(
    "--max-regression",
    "max_regressions",
    multiple=True,
    metavar="METRIC=NUMBER",
    help="How much worse than the baseline it may be; may be repeated.",
)
@click.option(
    "--min",
    "minimums",
    multiple=True,
    metavar="METRIC=NUMBER",
    help="The least that the score must be; may be repeated.",
)
@click.option(
    "--max",
    "maximums",
    multiple=True,
    metavar="METRIC=NUMBER",
    help="The most that the score may be; may be repeated.",
)
@runs_option
def gate(
    run: str,
    baseline: str | None,
    max_regressions: tuple[str, ...],
    minimums: tuple[str, ...],
    maximums: tuple[str, ...],
    runs_dir: Path | None,
) -> None:
    """Say whether RUN is good enough: exit status 0 if it is, 1 if not, 2 if it cannot be said."""
    from evaluation.gate import Limits, check_gate

    try:
        store = run_store(runs_dir)
        limits = Limits(
            max_regressions=_numbers(max_regressions),
            minimums=_numbers(minimums),
            maximums=_numbers(maximums),
        )
        result = check_gate(
            store.load(run), limits, baseline=store.load(baseline) if baseline else None
        )
    except VouchError as error:
        click.echo(f"Error: {error.detail}", err=True)
        raise click.exceptions.Exit(_UNUSABLE) from error
    for check in result.checks:
        interval = check.interval
        bounds = f", 95 % interval {interval.low:.4f} to {interval.high:.4f}" if interval else ""
        click.echo(f"{'pass' if check.passed else 'FAIL'}  {check.reason}; n = {check.n}{bounds}")
    if not result.passed:
        raise click.exceptions.Exit(_FAILED)


def _numbers(limits: tuple[str, ...]) -> dict[str, float]:
    numbers = {}
    for limit in limits:
        metric, _, number = limit.partition("=")
        try:
            numbers[metric] = float(number)
        except ValueError:
            raise click.BadParameter(
                f"{limit!r} is not METRIC=NUMBER, such as recall@5=0.01."
            ) from None
    return numbers


for _command in (import_command, export_command, judge, judge_agreement, draft, accept):
    evaluate.add_command(_command)
