"""The words by which two passages are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
# Words that two copies of a page may differ in; any other may be what the difference is about.
_IDLE_WORDS = frozenset("a an our please the their this your".split())


def words_of(text: str) -> tuple[str, ...]:
    """Its words in order, case, punctuation, markup and idle words aside."""
    return tuple(word for word in _WORD.findall(text.casefold()) if word not in _IDLE_WORDS)


def figures_in(words: Iterable[str]) -> frozenset[str]:
    """Those with anything but letters in them."""
    return frozenset(word for word in words if not word.isalpha())
