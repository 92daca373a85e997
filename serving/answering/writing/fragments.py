"""Replies that are no sentences: "27 days.", "AFGE and NFFE members."

What such a piece says depends on the question, which no check reads: each of its words may be in
the quote, and the answer be the opposite of what the quote says.
"""

from __future__ import annotations

import re

_LONGEST_WORDS = 14
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CLITIC = re.compile(r"(?:n['’]t|['’](?:re|ve|ll|m|d))$")
# Those that sentences of rules and facts lean on, but for most that are nouns as well. A sentence
# with none of them is taken for a piece in error, which costs its wording and nothing else: its
# quote is given in its place.
_VERBS = frozenset(
    """
    am are is was were be been being has have had do does did can cannot could may might must
    shall should will would
    add adds allow allows applies apply arrive arrives ask asks attend attends avoid become
    becomes begin begins belong belongs bring call carries carry choose click close closes comes
    complete contain contains cost costs create decide decides depend depends employ employs
    ensure enter expires follow follows get gets give gives go goes grant grants happen happens
    include includes inform install keep keeps lasts let lets live lives made make makes manage
    manages means meet meets needed needs notify occur occurs open opens owe owes own owns pay
    pays provide provides put receive receives refer remain remains require requires says select
    send sends serve serves spends submit submits take takes tells travel travels wants weigh
    weighs write
    """.split()
)


def is_fragment(text: str) -> bool:
    """Whether an English text is short and has no verb. Errs towards yes."""
    words = _WORD.findall(text)
    return 0 < len(words) <= _LONGEST_WORDS and not any(
        word.casefold() in _VERBS or _CLITIC.search(word) for word in words
    )
