"""A comparison for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evaluation.comparison import Comparison, QuestionChange
from evaluation.metrics.registry import find_metric

_SIGNIFICANT = 0.05


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Differences by metric, then the questions whose rank or status changed, worse first."""
    _print_differences(comparison, console)
    if comparison.has_other_judge:
        console.print("The runs were judged by different judges: what they said is left out.")
    moved = comparison.moved
    if not moved:
        console.print("No question's rank or status changed.")
        return
    table = Table(box=None, padding=(0, 1, 0, 0), title="Questions", title_justify="left")
    for header in ("id", "type", "rank", "status", "question"):
        table.add_column(header, no_wrap=True, overflow="ellipsis")
    for change in moved:
        table.add_row(
            escape(change.id),
            escape(change.type),
            rank_text(change),
            status_text(change),
            escape(change.question),
        )
    console.print(table)
    up = sum(change.rank_change == "up" for change in moved)
    down = sum(change.rank_change == "down" for change in moved)
    console.print(f"{up} up, {down} down, {comparison.n} compared.")


def rank_text(change: QuestionChange) -> str:
    """As in `3 → 1`; a dash stands for not found."""
    before, after = change.rank_before or "–", change.rank_after or "–"
    return f"{before} → {after}" if before != after else str(before)


def status_text(change: QuestionChange) -> str:
    """As in `answered → abstained`; empty where it is the same."""
    return f"{change.status_before} → {change.status_after}" if change.has_other_status else ""


def verdict_text(metric: str, difference: float, p_value: float) -> str:
    """`better`, `worse` or `same`, in brackets where the difference may well be chance."""
    known = find_metric(metric)
    if not difference or known is None:
        return "same" if not difference else ""
    word = "better" if (difference > 0) == known.higher_is_better else "worse"
    return word if p_value < _SIGNIFICANT else f"({word})"


def _print_differences(comparison: Comparison, console: Console) -> None:
    caption = "In brackets: p is not below .05. Interval: paired bootstrap, 95 %."
    table = Table(box=None, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    table.add_column("metric", no_wrap=True)
    for header in ("n", "before", "after", "change", "interval", "p"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for name, found in comparison.differences.items():
        interval = found.interval
        table.add_row(
            name,
            str(found.n),
            f"{found.before:.3f}",
            f"{found.after:.3f}",
            f"{found.difference:+.3f}",
            f"{interval.low:+.3f} {interval.high:+.3f}" if interval else "",
            f"{found.p_value:.3f}",
            verdict_text(name, found.difference, found.p_value),
        )
    console.print(table)
