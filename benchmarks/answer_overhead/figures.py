"""From streams, and what the model says of them, to figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.answer_overhead.streams import Stream
from benchmarks.support import percentile


@dataclass(slots=True)
class Figures:
    """Seconds, one for each stream; `lag_s` one for each claim that the model wrote."""

    rows: dict[str, list[float]] = field(default_factory=dict)

    def add(self, row: str, seconds: float | None) -> None:
        if seconds is not None:
            self.rows.setdefault(row, []).append(seconds)


def figures_of(streams: Iterable[Stream], written: Sequence[Mapping[str, Any]]) -> Figures:
    """The times of the streams, with those of the model taken out where it had a part in them.

    "Before the model" is from the question to the model's being asked. "Behind the model" is from
    a sentence's last word to its claim, of sentences that became one in the model's order.
    """
    figures = Figures()
    for stream in streams:
        figures.add("first event (meta)", stream.until("meta"))
        figures.add("sources", stream.until("sources"))
        figures.add("first claim", stream.until("claim"))
        figures.add("done", stream.until("done"))
        figures.add("largest gap", stream.largest_gap_s)
        wrote = [
            each
            for each in written
            if each["question"] == stream.question and each["asked_at"] > stream.asked_at
        ]
        if not wrote or stream.model == "extractive":
            continue
        before = min(each["asked_at"] for each in wrote) - stream.asked_at
        figures.add("before the model", before)
        complete = sorted(at for each in wrote for at in each["sentences_at"])
        lags = _lags(stream.times("claim"), complete)
        for lag in lags:
            figures.add("behind the model, a claim", lag)
        if lags:
            figures.add("first claim, without the model", before + lags[0])
    return figures


def _lags(claims: Sequence[float], sentences: Sequence[float]) -> list[float]:
    """From each claim back to the sentence that was complete last before it. What came with an
    earlier sentence's claim was held back on purpose, until one answered the question.
    """
    lags = []
    for claim in claims:
        complete = [at for at in sentences if at <= claim]
        if complete:
            lags.append(claim - complete[-1])
    return lags


def print_figures(title: str, figures: Figures) -> None:
    print(f"\n{title}\n\n| | n | p50 | p95 | max |\n|---|---|---|---|---|")
    for row, values in figures.rows.items():
        cells = (percentile(values, 0.5), percentile(values, 0.95), max(values))
        print(
            f"| {row} | {len(values)} | {' | '.join(f'{1000 * cell:.0f} ms' for cell in cells)} |"
        )
