"""What is wrong with a drafted question, as far as rules can tell."""

from __future__ import annotations

import re
from typing import Literal

from evaluation.drafting.passages import DraftPassage
from evaluation.plain_text import plain

Fault = Literal[
    "no usable reply",
    "nothing to ask",
    "quote not in the passage",
    "repeats the heading",
    "duplicate",
]

_WORD = re.compile(r"[^\W_]+")
# What makes a question of a heading: "Annual leave" asked as "What is annual leave?".
_QUESTION_WORDS = frozenset(
    """a about an and are can describe do does explain for how in is it mean means of on tell the
    there this to us what when where which who why me""".split()
)


def normalised(question: str) -> str:
    """Words in lower case, without what lies between: equal for questions that are the same."""
    return " ".join(_WORD.findall(plain(question).casefold()))


def find_verbatim(quote: str, *, passage: str) -> str | None:
    """The passage's own text where the quote stands in it, runs of white space aside."""
    words = quote.split()
    if not words:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), passage)
    return found[0] if found else None


def repeats_heading(question: str, passage: DraftPassage) -> bool:
    """Whether the question asks nothing that title or a heading does not say: it would be found
    by its heading alone.
    """
    asked = set(normalised(question).split()) - _QUESTION_WORDS
    headings = [passage.title, *passage.heading_path]
    return any(asked <= set(normalised(heading).split()) for heading in headings if heading)
