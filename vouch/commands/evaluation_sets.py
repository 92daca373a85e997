"""`vouch eval import` and `export`: evaluation sets from other formats, and from feedback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from vouch.client import VouchClient

_PAGE = 200
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("format_name", metavar="FORMAT")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    "target",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to make.",
)
@click.option("--corpus", type=_file, help="JSON Lines of documents that are not in PATH.")
@click.option("--queries", metavar="NAME", help="Which file of queries, without its ending.")
@click.option("--split", metavar="NAME", help="Which file of judgements, without its ending.")
def import_command(
    format_name: str,
    path: Path,
    target: Path,
    corpus: Path | None,
    queries: str | None,
    split: str | None,
) -> None:
    """Make an evaluation set of what is at PATH.

    FORMAT is `beir` (a folder), `mtrag` (generation tasks, conversations, or a folder of retrieval
    tasks), `ragas` (CSV or JSON Lines), or one that another package brings.
    """
    import sys

    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from evaluation.importers.contract import ImportOptions
    from evaluation.importers.importing import import_set

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    is_terminal = sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), disable=not is_terminal) as progress:
        task = progress.add_task("")
        summary = import_set(
            format_name,
            path,
            target,
            options=ImportOptions(corpus=corpus, queries=queries, split=split),
            on_progress=lambda documents, questions: progress.update(
                task, description=f"{documents} documents, {questions} questions"
            ),
        )
    click.echo(
        f"{target}: {summary.questions} questions ({summary.unanswerable} unanswerable), "
        f"{summary.documents} documents"
    )
    for reason, count in summary.left_out.items():
        click.echo(f"Left out: {count} × {reason}")


@click.command("export")
@click.option(
    "--out",
    "target",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write questions.jsonl into.",
)
@click.option("--unreviewed", is_flag=True, help="Thumbs-down answers that wait for review, too.")
@click.option("--as-asker", is_flag=True, help="Ask each question for whom it was answered.")
def export_command(target: Path, unreviewed: bool, as_asker: bool) -> None:
    """Make an evaluation set of accepted feedback, to be run against the same server.

    It needs a reviewer's key. `vouch eval run TARGET --server URL` asks it.
    """
    from evaluation.exporting import export_cases
    from vouch.client import connected

    with connected() as client:
        answers = [*_judged(client, state="accepted")]
        if unreviewed:
            answers += _judged(client, state="open", verdict="down")
    export = export_cases(answers, target, as_asker=as_asker)
    click.echo(f"{target}: {export.questions} questions")
    for reason, count in export.left_out.items():
        click.echo(f"Left out: {count} × {reason}")


def _judged(client: VouchClient, **only: str) -> Iterator[dict[str, Any]]:
    """Every judged answer, a page at a time."""
    offset = 0
    while True:
        page = client.get("/v1/feedback", limit=_PAGE, offset=offset, **only)
        yield from page["answers"]
        offset += _PAGE
        if offset >= page["total"]:
            return
