"""Asking back: a question that names no subject, or one whose answer depends on which is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.chunks import Chunk, Hit
from retrieval.identifiers import find_identifiers
from retrieval.pipeline import SearchResult
from retrieval.questions.contract import Turn
from serving.answering.conflicts import header_stems, says_otherwise
from serving.answering.contract import Claim, Draft
from serving.answering.evidence import candidate_sentences
from serving.words import content_stems

_MAX_OPTIONS = 5
_MIN_WORDS = 3
# Words that ask for something without saying of what. Stemmed as questions are.
_SUBJECTLESS = frozenset(
    content_stems(
        "allowance allowed amount answer apply approve approval approver ask begin best budget buy "
        "change claim contact cost date day deadline do does done due duration eligible end "
        "entitled example expire explain fee file find form get give go happen help hour "
        "info information know last late length let limit limits list long look maximum mean "
        "minimum minute money month much need notice number option order pay people percent "
        "person place please policy price procedure process rate read reason receive request "
        "require required requirement right rule rules say show sign someone start step stop "
        "submit sum take tell thing time today tomorrow total type use want week work year"
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClarificationOption:
    """One thing that may be meant: `label` is a heading or title, as `hit` stands under it."""

    label: str
    hit: Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    """What to ask back, and what the corpus offers for an answer: at least two options."""

    question: str
    options: tuple[ClarificationOption, ...]


class Clarifier:
    """Asks back in two cases, both by rule.

    The question stands alone and yet names no subject ("How many days do I get?"), and the best
    passages stand under several headings. Or the best sentence has a twin, in the same words with
    another value, under a heading about something else ("Berlin office", "Oslo office"), and the
    question says of neither that it is meant.

    Known limits: English questions only; a subject that is a verb of everyday ("How do I start?")
    counts as none.
    """

    def find(
        self, draft: Draft, result: SearchResult, *, history: Sequence[Turn]
    ) -> Clarification | None:
        """None where the question is clear enough. What was said before is taken as the subject."""
        asked = frozenset(content_stems(result.question))
        if not history and _names_no_subject(result.question, asked):
            return _clarification(
                "What is your question about?", [passage.hits[0] for passage in result.passages]
            )
        if not draft.claims:
            return None
        return _clarification("Which one do you mean?", _twins(draft.claims[0], result, asked))


def _names_no_subject(question: str, asked: frozenset[str]) -> bool:
    is_sentence = len(question.split()) >= _MIN_WORDS
    return is_sentence and asked <= _SUBJECTLESS and not find_identifiers(question)


def _twins(claim: Claim, result: SearchResult, asked: frozenset[str]) -> list[Hit]:
    """The claim's hit and those of its twins whose headings the question does not choose among."""
    cited = claim.citations[0].hit
    own = header_stems(cited.chunk)
    hits = [cited]
    for sentence in candidate_sentences(result.passages):
        other = header_stems(sentence.hit.chunk)
        if own <= other or other <= own or not says_otherwise(claim.text, sentence):
            continue
        if asked & ((own | other) - (own & other)):
            return []
        hits.append(sentence.hit)
    return hits


def _clarification(question: str, hits: Sequence[Hit]) -> Clarification | None:
    options: dict[str, ClarificationOption] = {}
    for label, hit in zip(_labels([hit.chunk for hit in hits]), hits, strict=True):
        options.setdefault(label, ClarificationOption(label=label, hit=hit))
    if len(options) < 2:
        return None
    return Clarification(question=question, options=tuple(options.values())[:_MAX_OPTIONS])


def _labels(chunks: Sequence[Chunk]) -> list[str]:
    """The innermost heading, behind the title where several documents share the heading."""
    headings = [chunk.heading_path[-1] if chunk.heading_path else chunk.title for chunk in chunks]
    documents: dict[str, set[str]] = {}
    for heading, chunk in zip(headings, chunks, strict=True):
        documents.setdefault(heading, set()).add(chunk.document_id)
    return [
        f"{chunk.title} > {heading}" if len(documents[heading]) > 1 else heading
        for heading, chunk in zip(headings, chunks, strict=True)
    ]
