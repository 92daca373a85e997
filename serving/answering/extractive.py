"""The answerer that needs no model server: sentences that answer, verbatim, in reading order."""

from __future__ import annotations

from collections.abc import Sequence

from core.settings import AnswerSettings
from retrieval.pipeline import SearchResult
from serving.answering.confidence import evidence_confidence
from serving.answering.conflicts import prefer_newer
from serving.answering.contract import Citation, Claim, Draft
from serving.answering.evidence import ScoredSentence, SentenceScorer

# A sentence scoring less than this share of the best one's belongs to another answer.
_RELATIVE_CUT = 0.7


class ExtractiveAnswerer:
    """Picks sentences by meaning, words and form; it invents nothing, so all it says is quoted."""

    def __init__(self, *, scorer: SentenceScorer, settings: AnswerSettings) -> None:
        self._scorer = scorer
        self._settings = settings

    def draft(self, question: str, result: SearchResult) -> Draft:
        """At most `max_sentences` claims; none when the passages hold no sentence."""
        scored = self._scorer.score(question, result)
        chosen = _choose(scored, self._settings.max_sentences)
        claims = [_to_claim(item) for item in _reading_order(chosen)]
        return Draft(
            claims=prefer_newer(claims, result.passages),
            confidence=evidence_confidence(scored),
            model="extractive",
        )


def _choose(scored: Sequence[ScoredSentence], limit: int) -> list[ScoredSentence]:
    """The best sentences, none inside another (chunks of one document may share text)."""
    chosen: list[ScoredSentence] = []
    for item in scored:
        if len(chosen) == limit or item.score < _RELATIVE_CUT * scored[0].score:
            break
        if not any(_overlap(item, other) for other in chosen):
            chosen.append(item)
    return chosen


def _overlap(one: ScoredSentence, other: ScoredSentence) -> bool:
    a, b = one.sentence, other.sentence
    same_document = a.hit.chunk.document_id == b.hit.chunk.document_id
    return same_document and a.start < b.end and b.start < a.end


def _reading_order(chosen: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Document by document, the best one's first; within a document as it reads."""
    best_rank: dict[str, int] = {}
    for position, item in enumerate(chosen):
        best_rank.setdefault(item.sentence.hit.chunk.document_id, position)
    return sorted(
        chosen,
        key=lambda item: (best_rank[item.sentence.hit.chunk.document_id], item.sentence.start),
    )


def _to_claim(item: ScoredSentence) -> Claim:
    sentence = item.sentence
    return Claim(
        text=sentence.text,
        citations=(
            Citation(hit=sentence.hit, quote=sentence.text, start=sentence.start, end=sentence.end),
        ),
    )
