"""The claim demands what its quotes demand, and allows what they allow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from serving.checking.clauses import iter_breaks
from serving.checking.contract import CheckOutcome, Quote, Verdict
from serving.checking.values import strip_markers
from serving.checking.verbatim import iter_verbatim
from serving.sentences import iter_sentences
from serving.words import content_stems

# Below this share of the shorter clause's words, two clauses are not of the same.
_MIN_SHARED = 0.6
_MIN_WORDS = 2


class _Force(StrEnum):
    """What a clause makes of what it speaks of."""

    REQUIRED = "required"
    ADVISED = "advised"
    ALLOWED = "allowed"


class _Extent(StrEnum):
    """How often, or of how many, it is said."""

    ALWAYS = "always"
    MOSTLY = "mostly"
    SOMETIMES = "sometimes"


_FORCES = {
    _Force.REQUIRED: re.compile(
        r"\b(?<!not )(?<!n['’]t )(?:must|shall|ha(?:ve|s|d) to"
        r"|(?:is|are|be) (?:required|obliged|obligated)"
        r"|requires? (?:you|that)|needs? to|(?:is|are) (?:mandatory|compulsory))\b"
        r"(?! not\b|n['’]t| be able)",
        re.IGNORECASE,
    ),
    _Force.ADVISED: re.compile(
        r"\b(?:should|ought to|(?:is|are|be) (?:encouraged|advised)|recommend(?:ed|s)?"
        r"|had best|is a good idea)\b(?! not\b|n['’]t)",
        re.IGNORECASE,
    ),
    _Force.ALLOWED: re.compile(
        # "As soon as you can" allows nothing.
        r"\b(?<!as you )(?<!as they )(?<!as we )(?:may|can|could|might|optional(?:ly)?"
        r"|(?:is|are|be) (?:allowed|permitted|free|welcome|able))\b(?! not\b|n['’]t)",
        re.IGNORECASE,
    ),
}
_EXTENTS = {
    _Extent.ALWAYS: re.compile(r"\b(?:always|every ?time|without exception)\b", re.IGNORECASE),
    _Extent.MOSTLY: re.compile(
        r"\b(?:usually|normally|generally|typically|mostly|most often|as a rule)\b", re.IGNORECASE
    ),
    _Extent.SOMETIMES: re.compile(
        r"\b(?:sometimes|occasionally|at times|from time to time|rarely|seldom)\b", re.IGNORECASE
    ),
}
# Whoever may not, must not either: of what is denied, the force is not compared.
_NOBODY = re.compile(r"\W*(?:no|nobody|none|neither|never)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stance:
    stems: frozenset[str]
    force: _Force | None
    extent: _Extent | None


class ModalityCheck:
    """Aligns each clause of the claim with the quotes' clause of most common words, and compares
    what they make of it: whether it is required ("must", "has to"), advised ("should") or allowed
    ("may", "can"); and whether it holds always, mostly or sometimes.

    `unsupported` where they differ. Where one of the two says nothing of it ("Staff book trains."),
    and where one denies, which is the business of another layer, nothing is compared.

    Known limits. English only. Of a clause with two modal verbs the first one counts.
    """

    name: ClassVar[str] = "modality"

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        text = strip_markers(claim)
        if any(next(iter_verbatim(text, quote.text), None) for quote in quotes):
            return CheckOutcome(self.name, Verdict.SUPPORTED, "The claim stands in the quote.")
        quoted = [stance for quote in quotes for stance in _stances(quote.text)]
        for claimed in _stances(text):
            nearest = _nearest(claimed, quoted)
            if nearest and all(_difference(claimed, stance) for stance in nearest):
                said, meant = _difference(claimed, nearest[0]) or ("", "")
                detail = f"The claim says “{said}” of what the quotes say “{meant}” of."
                return CheckOutcome(self.name, Verdict.UNSUPPORTED, detail)
        return CheckOutcome(
            self.name, Verdict.SUPPORTED, "The claim demands and allows what its quotes do."
        )


def _stances(text: str) -> list[_Stance]:
    stances = []
    for span in iter_sentences(text):
        sentence = text[span.start : span.end]
        breaks = list(iter_breaks(sentence))
        starts = [0, *(start for _, start in breaks)]
        ends = [*(end for end, _ in breaks), len(sentence)]
        clauses = [sentence[a:b] for a, b in zip(starts, ends, strict=True)]
        stances += [_stance(clause) for clause in dict.fromkeys((*clauses, sentence))]
    return [stance for stance in stances if len(stance.stems) >= _MIN_WORDS]


def _stance(clause: str) -> _Stance:
    forces = {
        match.start(): force for force, words in _FORCES.items() if (match := words.search(clause))
    }
    return _Stance(
        stems=frozenset(content_stems(clause)),
        # "may be required" allows: the first verb has the say.
        force=None if _NOBODY.match(clause) else forces.get(min(forces, default=-1)),
        extent=next((extent for extent, words in _EXTENTS.items() if words.search(clause)), None),
    )


def _nearest(claimed: _Stance, quoted: Sequence[_Stance]) -> list[_Stance]:
    """Those that share most words with the claim's, if it is enough to be of the same."""
    shares = [
        len(claimed.stems & stance.stems) / min(len(claimed.stems), len(stance.stems))
        for stance in quoted
    ]
    best = max(shares, default=0.0)
    if best < _MIN_SHARED:
        return []
    return [stance for stance, share in zip(quoted, shares, strict=True) if share == best]


def _difference(claimed: _Stance, quoted: _Stance) -> tuple[str, str] | None:
    if claimed.force and quoted.force and claimed.force is not quoted.force:
        return claimed.force.value, quoted.force.value
    if claimed.extent and quoted.extent and claimed.extent is not quoted.extent:
        return claimed.extent.value, quoted.extent.value
    return None
