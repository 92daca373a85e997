"""`vouch check`: a text that somebody else wrote against passages and documents."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

_COLOURS = {"supported": "green", "partial": "yellow", "unchecked": "yellow"}


@click.command()
@click.argument("text", type=click.File(encoding="utf-8"))
@click.option(
    "--passage",
    "passages",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A text file to check it against; may be repeated.",
)
@click.option(
    "--document", "documents", multiple=True, help="The id of a document; may be repeated."
)
@click.option("--as", "act_for", metavar="USER", help="Check as this user.")
def check(
    text: TextIO,
    passages: tuple[Path, ...],
    documents: tuple[str, ...],
    act_for: str | None,
) -> None:
    """Check TEXT, a file or - for the input, sentence by sentence.

    Ends with status 1 where a sentence is not supported.
    """
    from vouch.client import Passage, connected

    if not passages and not documents:
        raise click.UsageError("Give --passage or --document to check the text against.")
    written = text.read()
    held_against = [
        Passage(id=str(path), title=path.stem, text=path.read_text("utf-8")) for path in passages
    ]
    with connected(act_for=act_for) as client:
        response = client.check(written, passages=held_against, document_ids=documents)
    for claim in response["claims"]:
        verdict = claim["verdict"]
        click.secho(f"{verdict:12}", fg=_COLOURS.get(verdict, "red"), nl=False)
        click.echo(" ".join(claim["text"].split()))
        for outcome in claim["checks"]:
            if outcome["verdict"] != "supported":
                click.echo(f"{'':12}{outcome['name']}: {outcome['detail']}")
        for citation in claim["citations"]:
            quote = " ".join(citation["quote"].split())
            click.echo(
                f"{'':12}{citation['source']} {citation['start']}-{citation['end']}: “{quote}”"
            )
    if response["verdict"] not in (None, "supported"):
        raise SystemExit(1)
