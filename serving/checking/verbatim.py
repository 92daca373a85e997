"""Where a claim stands in a quote word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from serving.sentences import Span

_WORD = re.compile(r"\S+")


def iter_verbatim(claim: str, quote: str) -> Iterator[Span]:
    """Every place where the claim's words, split at blanks, follow each other in the quote.

    Line breaks and runs of blanks are equal; case, punctuation and everything else must agree.
    """
    wanted = claim.split()
    # The plain search is fast, and rules out almost every quote that does not hold the claim.
    if not wanted or wanted[0] not in quote or wanted[-1] not in quote:
        return
    words = list(_WORD.finditer(quote))
    texts = [word[0] for word in words]
    for first in range(len(words) - len(wanted) + 1):
        if texts[first] == wanted[0] and texts[first : first + len(wanted)] == wanted:
            yield Span(words[first].start(), words[first + len(wanted) - 1].end())
