"""The `vouch` command line."""

from __future__ import annotations

import sys

import click

from core.errors import VouchError
from vouch.commands.ask import ask
from vouch.commands.assistants import assistants
from vouch.commands.check import check
from vouch.commands.credentials import credentials
from vouch.commands.evaluate import evaluate
from vouch.commands.feedback import feedback
from vouch.commands.generation import generation
from vouch.commands.groups import groups
from vouch.commands.ingest import ingest
from vouch.commands.keys import keys
from vouch.commands.mcp import mcp
from vouch.commands.models import models
from vouch.commands.search import search
from vouch.commands.sources import sources
from vouch.commands.up import up

_EXIT_ERROR = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="vouch")
def cli() -> None:
    """Answers from your documents, each sentence checked against the passage that it cites.

    Commands use the server at VOUCH_URL, else the `vouch up` of this data folder (VOUCH_DATA_DIR,
    by default .vouch), else they start what they need and stop it again.
    """


for _command in (
    up,
    ingest,
    search,
    ask,
    feedback,
    evaluate,
    sources,
    assistants,
    check,
    mcp,
    credentials,
    keys,
    models,
    groups,
    generation,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line; an expected error is one line, not a traceback."""
    try:
        cli()
    except VouchError as error:
        click.echo(f"Error: {error.detail}", err=True)
        if error.operator_detail:
            click.echo(f"Cause: {error.operator_detail}", err=True)
        sys.exit(_EXIT_ERROR)


if __name__ == "__main__":
    main()
