"""Where the commands of `vouch eval` find stored runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from evaluation.runs import RunStore

runs_option = click.option(
    "--runs",
    "runs_dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of stored runs; by default `runs` in the data folder.",
)


def run_store(folder: Path | None) -> RunStore:
    """The stored runs in this folder, else in the data folder."""
    from core.settings import load_settings
    from evaluation.runs import RunStore

    return RunStore(folder or load_settings().data_dir / "runs")
