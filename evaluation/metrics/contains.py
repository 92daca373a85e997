"""Answer contains: does the answer hold the strings that a right one has to hold?"""

from __future__ import annotations

from collections.abc import Iterable

_PLAIN = str.maketrans(
    dict.fromkeys("‘’‚‛′", "'") | dict.fromkeys("“”„‟″«»", '"') | dict.fromkeys("‐‑‒–—―−", "-")
)


def contains_all(answer: str, must_contain: Iterable[str]) -> bool:
    """Whether every string occurs in the answer, case, runs of white space and the typography of
    quotes and dashes aside.

    A floor, not a proof: a wrong answer can pass, and "14 days" for "two weeks" fails.
    """
    plain = _simplify(answer)
    return all(_simplify(wanted) in plain for wanted in must_contain)


def _simplify(text: str) -> str:
    return " ".join(text.lower().translate(_PLAIN).split())
