"""Whether one text says what another does: what support and citation metrics rest on."""

from __future__ import annotations

import re
from collections.abc import Callable

from evaluation.plain_text import plain

Entails = Callable[[str, str], bool]
"""From (premise, hypothesis) to whether the premise says what the hypothesis does."""

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
MIN_COVERED = 0.9


def covers(premise: str, hypothesis: str) -> bool:
    """Whether the premise holds nine tenths of the hypothesis's distinct words, and every figure.

    A floor, and named as one wherever it is reported: it takes a sentence that turns the premise's
    words into their opposite for supported, and one that says the same in other words for not.
    Exact for answers that quote.
    """
    wanted = set(_WORD.findall(plain(hypothesis).casefold()))
    held = set(_WORD.findall(plain(premise).casefold()))
    missing = wanted - held
    if any(character.isdigit() for word in missing for character in word):
        return False
    return len(missing) <= (1 - MIN_COVERED) * len(wanted)
