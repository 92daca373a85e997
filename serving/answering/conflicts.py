"""Sentences of other documents that contradict a claim: the same wording with other values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.chunks import Chunk
from retrieval.passages.passage import Passage
from serving.answering.contract import Citation, Claim
from serving.answering.evidence import Sentence, candidate_sentences
from serving.checking.contract import CheckOutcome, ClaimCheck, Quote, Verdict
from serving.checking.dates import DatesCheck
from serving.checking.negation import NegationCheck
from serving.checking.numbers import NumbersCheck
from serving.checking.values import read_values
from serving.words import content_stems

# Of the content words without figures, that two sentences share: above it they say the same of the
# same thing, but for their values.
_MIN_SHARED = 0.8
_MIN_STEMS = 3
_NUMBERS, _DATES, _NEGATION = NumbersCheck(), DatesCheck(), NegationCheck()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What another document says in place of a claim. `claim` is its place among the claims, from
    0; `differs_in` names the checks that found a difference.
    """

    claim: int
    citation: Citation
    differs_in: tuple[str, ...]

    def is_newer_than(self, chunk: Chunk) -> bool | None:
        """Whether its document changed after that of the chunk; None where a date is missing."""
        changed, other = self.citation.hit.chunk.updated_at, chunk.updated_at
        return None if changed is None or other is None else changed > other


def find_conflicts(claims: Sequence[Claim], passages: Sequence[Passage]) -> list[Conflict]:
    """For each claim the sentences of other documents that contradict it, best passage first.

    A sentence contradicts a claim when it has at least four fifths of its content words in common
    with it, stands under a header that speaks of the same, figures aside, and differs in an
    amount, a date or in what it denies. Known limits: the same thing said in other words is not
    recognised, nor are values in words other than English ones.
    """
    sentences = list(candidate_sentences(passages))
    return [
        Conflict(claim=number, citation=_citation(sentence), differs_in=differs_in)
        for number, claim in enumerate(claims)
        for sentence in sentences
        if (differs_in := _differences(claim, sentence))
    ]


def prefer_newer(claims: Sequence[Claim], passages: Sequence[Passage]) -> tuple[Claim, ...]:
    """The claims, each in its newest version: a sentence that contradicts one, and whose document
    changed later, takes its place, unless it is a claim already.
    """
    preferred = list(claims)
    for conflict in find_conflicts(claims, passages):
        now = preferred[conflict.claim].citations[0].hit.chunk
        newer = Claim(text=conflict.citation.quote, citations=(conflict.citation,))
        if conflict.is_newer_than(now) and newer.text not in {claim.text for claim in preferred}:
            preferred[conflict.claim] = newer
    return tuple(preferred)


def says_otherwise(claim: str, sentence: Sentence) -> bool:
    """Whether the sentence has the claim's words with other values, whatever it is about."""
    return _is_worded_like(claim, sentence.text) and any(_failed_checks(claim, sentence))


def header_stems(chunk: Chunk) -> frozenset[str]:
    """What the chunk's title and headings speak of, figures aside."""
    return _stems(" ".join((chunk.title, *chunk.heading_path)))


def _differences(claim: Claim, sentence: Sentence) -> tuple[str, ...]:
    cited = {citation.hit.chunk.document_id for citation in claim.citations}
    if sentence.hit.chunk.document_id in cited or not _is_worded_like(claim.text, sentence.text):
        return ()
    if not any(_same_subject(c.hit.chunk, sentence.hit.chunk) for c in claim.citations):
        return ()
    return tuple(_failed_checks(claim.text, sentence))


def _is_worded_like(one: str, other: str) -> bool:
    a, b = _stems(one), _stems(other)
    return min(len(a), len(b)) >= _MIN_STEMS and len(a & b) >= _MIN_SHARED * max(len(a), len(b))


def _same_subject(one: Chunk, other: Chunk) -> bool:
    """Whether two headers speak of the same, as "Leave policy" and "Leave policy 2023" do, and
    "Berlin office" and "Oslo office" do not.
    """
    a, b = header_stems(one), header_stems(other)
    return a <= b or b <= a


def _failed_checks(claim: str, sentence: Sentence) -> Iterator[str]:
    quote = [_quote(sentence)]
    values = read_values(sentence.text)
    checks: list[tuple[ClaimCheck, bool]] = [
        (_NUMBERS, bool(values.quantities)),
        (_DATES, bool(values.calendar)),
    ]
    for check, has_values in checks:
        outcome: CheckOutcome = check.check(claim, quote)
        if has_values and outcome.verdict in (Verdict.UNSUPPORTED, Verdict.PARTIAL):
            yield check.name
    if _NEGATION.check(claim, quote).verdict is Verdict.CONTRADICTED:
        yield _NEGATION.name


def _stems(text: str) -> frozenset[str]:
    """Its content words but for amounts, dates and codes."""
    values = read_values(text)
    words, end = [], 0
    for value in sorted(
        (*values.quantities, *values.calendar, *values.codes), key=lambda value: value.start
    ):
        words.append(text[end : value.start])
        end = value.end
    return frozenset(content_stems(" ".join((*words, text[end:]))))


def _citation(sentence: Sentence) -> Citation:
    return Citation(hit=sentence.hit, quote=sentence.text, start=sentence.start, end=sentence.end)


def _quote(sentence: Sentence) -> Quote:
    chunk = sentence.hit.chunk
    return Quote(
        document_id=chunk.document_id,
        text_version=chunk.text_version,
        start=sentence.start,
        end=sentence.end,
        text=sentence.text,
    )
