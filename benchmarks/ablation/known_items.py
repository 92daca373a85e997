"""Questions that look for one identifier, made out of any corpus."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping

from evaluation.sets import Question
from ingest.normalise import NormalisedDocument
from retrieval.identifiers import find_identifiers

_MOST_DOCUMENTS = 2
_MOST_IDENTIFIERS = 150
_SEED = 1
_FORMS = ("{}", "What is {}?", "Where do I find {} and what is it for?")


def identifier_questions(documents: Mapping[str, NormalisedDocument]) -> list[Question]:
    """One identifier after the other in three forms; right is any document that holds it. Only
    identifiers of one or two documents are asked for, 150 at most, drawn by a fixed seed.
    """
    holders: dict[str, set[str]] = defaultdict(set)
    for path, document in documents.items():
        for identifier in find_identifiers(document.text):
            holders[identifier].add(path)
    rare = sorted(name for name, paths in holders.items() if len(paths) <= _MOST_DOCUMENTS)
    chosen = random.Random(_SEED).sample(rare, min(_MOST_IDENTIFIERS, len(rare)))
    return [
        Question(
            id=f"{identifier}/{number}",
            question=form.format(identifier),
            type="identifier",
            gold=tuple(sorted(holders[identifier])),
        )
        for identifier in chosen
        for number, form in enumerate(_FORMS)
    ]
