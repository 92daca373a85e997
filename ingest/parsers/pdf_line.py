"""A line of text on a PDF page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its cells (parted by wide gaps) with their left and right edges, and its own place.

    In points, y growing upwards. `weight` is pdfium's estimate, good for comparison within one
    document only.
    """

    cells: tuple[str, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    size: float
    weight: int
    left: float
    right: float
    bottom: float
    top: float

    @property
    def text(self) -> str:
        return " ".join(self.cells)
