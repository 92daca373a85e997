"""What a question's acronyms stand for, as the passages that it finds define them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core.chunks import DocumentId, Hit
from retrieval.questions.acronyms import SHORT_FORM, Acronym, acronym_key, find_acronyms
from retrieval.questions.english import FUNCTION_WORDS, WORD

_MAX_MEANINGS = 2
# Of hits below these only those are read that hold the short form itself.
_READ_WHOLE = 10
_MAX_EXPANSIONS = 4
# A meaning that fewer documents give than this share of the commonest one's is left out.
_MIN_SHARE = 0.5

_ASKED_MEANING = re.compile(
    r"\b(?:what(?:['’]s|\s+is|\s+are|\s+does|\s+do)?|meaning\s+of|define|definition\s+of|short\s+for|"
    r"stands?\s+for)\s+(?:(?:an?|the)\s+)?([^\W_]{2,8})\b",
    re.IGNORECASE,
)


def has_acronym(question: str) -> bool:
    """Whether a word looks like an acronym: "CDO", or "qasp" in "what is a qasp".

    In a question all in capitals only the latter.
    """
    return bool(_short_keys(question))


def find_expansions(question: str, hits: Iterable[Hit]) -> tuple[Acronym, ...]:
    """At most four acronyms that a hit's text defines, and of which the question has one form and
    not the other. Of several meanings the commonest two count, by documents.

    Hits are what the principal may read, so what no readable passage defines is not known.
    """
    shorts = _short_keys(question)
    text = _as_looked_up(question)
    defining: dict[Acronym, set[DocumentId]] = {}
    for rank, hit in enumerate(hits):
        if rank >= _READ_WHOLE and not _mentions(hit.chunk.text, shorts):
            continue
        for item in find_acronyms(hit.chunk.text):
            key = Acronym(acronym_key(item.short), acronym_key(item.long))
            if key.short in shorts or f" {key.long} " in text:
                defining.setdefault(item, set()).add(hit.chunk.document_id)
    counts = _counted(defining)
    chosen = [
        item
        for form in dict.fromkeys([*shorts, *(acronym_key(item.long) for item in counts)])
        for item in _commonest(form, counts)
    ]
    fresh = [
        item
        for item in dict.fromkeys(chosen)
        if not (_has(text, item.short) and _has(text, item.long))
    ]
    return tuple(fresh[:_MAX_EXPANSIONS])


def other_forms(question: str, acronyms: Sequence[Acronym]) -> str:
    """Those forms of the acronyms that the question does not have."""
    text = _as_looked_up(question)
    return ", ".join(item.long if _has(text, item.short) else item.short for item in acronyms)


def _short_keys(question: str) -> list[str]:
    shouted = not any(char.islower() for char in question)
    found = [] if shouted else [match[0] for match in SHORT_FORM.finditer(question)]
    asked = [match[1] for match in _ASKED_MEANING.finditer(question)]
    found += [word for word in asked if word.casefold() not in FUNCTION_WORDS]
    return list(dict.fromkeys(acronym_key(word) for word in found))


def _counted(defining: dict[Acronym, set[DocumentId]]) -> dict[Acronym, int]:
    """Documents that define each, ways to write one added up under the first."""
    first: dict[tuple[str, str], Acronym] = {}
    documents: dict[Acronym, set[DocumentId]] = {}
    for item in sorted(defining):
        pair = (acronym_key(item.short), acronym_key(item.long))
        documents.setdefault(first.setdefault(pair, item), set()).update(defining[item])
    return {item: len(ids) for item, ids in documents.items()}


def _commonest(form: str, counts: dict[Acronym, int]) -> list[Acronym]:
    """Those that have this form, the commonest first."""
    meant = [item for item in counts if form in (acronym_key(item.short), acronym_key(item.long))]
    ranked = sorted(meant, key=lambda item: (-counts[item], item))
    return [
        item for item in ranked[:_MAX_MEANINGS] if counts[item] >= _MIN_SHARE * counts[ranked[0]]
    ]


def _as_looked_up(question: str) -> str:
    """The question's words as they are, and again each in the singular, between spaces."""
    singular = " ".join(acronym_key(word) for word in WORD.findall(question))
    return f" {acronym_key(question)} . {singular} "


def _mentions(text: str, shorts: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(short in folded for short in shorts)


def _has(text: str, form: str) -> bool:
    return f" {acronym_key(form)} " in text
