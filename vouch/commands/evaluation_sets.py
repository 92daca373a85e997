"""`vouch eval import`: evaluation sets from other formats."""

from __future__ import annotations

from pathlib import Path

import click

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
