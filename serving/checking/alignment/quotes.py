"""Finding a quote that may not be exact."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

# Of the quote's characters that the found text shares, by edit distance: two or three small slips
# in a sentence are let pass, another wording is not. What is shown is the found text.
_MIN_SIMILARITY = 90.0
_MIN_CHARS = 8
_LIKE = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "\u00a0": " ",
        "\n": " ",
        "\t": " ",
    }
)


@dataclass(frozen=True, slots=True)
class Alignment:
    """`text[start:end]` is what was quoted, give or take what `similarity` (0 to 1) says."""

    start: int
    end: int
    similarity: float

    @property
    def is_exact(self) -> bool:
        return self.similarity == 1.0


def align(quote: str, text: str) -> Alignment | None:
    """The stretch of `text` that the quote was copied from; None where there is none.

    Exact, else with typographic quotes, dashes, blanks and case made equal, else with small edits.
    Quotes of fewer than eight characters must be exact. Takes time proportional to the two lengths'
    product, so bound them.
    """
    wanted = quote.strip()
    if not wanted:
        return None
    if (start := text.find(wanted)) >= 0:
        return Alignment(start, start + len(wanted), 1.0)
    if len(wanted) < _MIN_CHARS:
        return None
    # Character for character, so that offsets stay: lower() can change lengths.
    plain_text, plain_quote = text.translate(_LIKE), wanted.translate(_LIKE)
    found = fuzz.partial_ratio_alignment(
        _lower(plain_quote), _lower(plain_text), score_cutoff=_MIN_SIMILARITY
    )
    # A text shorter than the quote is found in the quote, not the other way round.
    if found is None or len(text) < len(wanted):
        return None
    start, end = _whole_words(text, found.dest_start, found.dest_end)
    return Alignment(start, end, min(found.score / 100, 0.999))


def _lower(text: str) -> str:
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without half words: widened to whole ones, blanks at its ends left out."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end
