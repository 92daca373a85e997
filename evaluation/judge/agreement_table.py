"""How far judges agree with people, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evaluation.judge.agreement import Agreement
from evaluation.judgements import GRADES
from evaluation.significance import Interval


def print_agreement(agreements: Sequence[Agreement], console: Console) -> None:
    """A row a judge; then the confusion table of the first one."""
    table = Table(box=None, padding=(0, 2, 0, 0), caption_justify="left", caption=_CAPTION)
    # A long model name is folded: figures that are cut off could be read wrongly.
    table.add_column("judge", overflow="fold")
    for header in ("judged", "not judged", "agreement", "interval", "kappa", "interval"):
        width = max(len(header), len(_LONGEST_FIGURES.get(header, "")))
        table.add_column(header, justify="right", no_wrap=True, min_width=width)
    for found in agreements:
        table.add_row(
            escape(found.judge.model),
            str(found.judged),
            str(found.not_judged),
            _number(found.raw),
            _interval(found.raw_interval),
            _number(found.kappa),
            _interval(found.kappa_interval),
        )
    console.print(table)
    _print_confusion(agreements[0], console)


_LONGEST_FIGURES = {"interval": "-0.05 0.55", "kappa": "-0.050"}
_CAPTION = "Over what was judged. Kappa: Cohen's. Interval: bootstrap, 95 %."


def _print_confusion(found: Agreement, console: Console) -> None:
    console.print(f"\nRows: a person's grade. Columns: that of {escape(found.judge.model)}.")
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for grade in GRADES:
        table.add_column(grade, justify="right", no_wrap=True)
    for grade, counts in zip(GRADES, found.confusion, strict=True):
        table.add_row(grade, *(str(count) for count in counts))
    console.print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:.2f} {interval.high:.2f}"
