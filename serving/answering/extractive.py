"""The answerer that needs no model server: sentences that answer, verbatim, in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter

from core.chunks import DocumentId
from core.settings import AnswerSettings
from retrieval.passages.passage import Passage
from retrieval.pipeline import SearchResult
from serving.answering.confidence import EvidenceSigns, read_signs
from serving.answering.conflicts import prefer_newer
from serving.answering.contract import Citation, Claim, Draft
from serving.answering.evidence import ScoredSentence, Sentence, SentenceScorer
from serving.answering.expected import asked_thing, expected_kind, holds_kind
from serving.answering.following import following
from serving.answering.foreign_words import ForeignWords

# A sentence scoring less than this share of the best one's belongs to another answer.
_RELATIVE_CUT = 0.7
# Sentences of each part of a question, besides those of the whole.
_OF_EACH_PART = 2
# One scoring at least this share of it is taken to be about the same.
_SHARE_OF_BEST = 0.9


class ExtractiveAnswerer:
    """Picks sentences by meaning, words and form; it invents nothing, so all it says is quoted."""

    def __init__(
        self, *, scorer: SentenceScorer, foreign: ForeignWords, settings: AnswerSettings
    ) -> None:
        self._scorer = scorer
        self._foreign = foreign
        self._settings = settings

    def draft(self, question: str, result: SearchResult) -> Draft:
        """At most `max_sentences` claims and two more for each part of the question, at most
        `max_following` more that are read on with them, and for a table's row those that name its
        columns; none when the passages hold no sentence.

        The signs are those of the part that is answered best, or of the whole.
        """
        scored = self._scorer.score(question, result)
        whole = _choose(scored, self._settings.max_sentences)
        parts = [_choose(of_part, _OF_EACH_PART) for of_part in self._scorer.score_parts(result)]
        chosen = _apart([item.sentence for item in chain(whole, *parts)])
        sentences = self._with_following(chosen, result.passages)
        claims = [_to_claim(sentence) for sentence in _reading_order(with_columns(sentences))]
        # Each part is looked for in all sentences, as the whole is.
        readings = [reading for item in scored for reading in item.readings]
        asked = [(question, result.question), *((part, part) for part in result.understood.parts)]
        signs = [
            self._signs(each, standalone, items, result.passages, readings=readings)
            for (each, standalone), items in zip(asked, (whole, *parts), strict=True)
            if items
        ]
        return Draft(
            claims=prefer_newer(claims, result.passages),
            signs=max(signs, key=attrgetter("confidence"), default=None),
            model="extractive",
        )

    def _with_following(
        self, chosen: Sequence[Sentence], passages: Sequence[Passage]
    ) -> list[Sentence]:
        sentences = list(chosen)
        for sentence in chosen:
            left = self._settings.max_following + len(chosen) - len(sentences)
            sentences = _apart([*sentences, *following(sentence, passages, limit=left)])
        return sentences

    def _signs(
        self,
        question: str,
        standalone: str,
        chosen: Sequence[ScoredSentence],
        passages: Sequence[Passage],
        *,
        readings: Sequence[str],
    ) -> EvidenceSigns:
        least = _SHARE_OF_BEST * chosen[0].score
        best = [item.sentence for item in chosen if item.score >= least]
        texts = [each.text for each in self._with_following(best, passages)]
        return read_signs(
            question,
            similarities=[item.similarity for item in chosen],
            first=chosen[0].sentence.text,
            best="\n".join(texts),
            contrast=self._foreign.contrast(standalone, readings),
            lacks_thing=self._lacks_thing(question, chosen),
        )

    def _lacks_thing(self, question: str, chosen: Sequence[ScoredSentence]) -> bool:
        """Whether the sentences with a value of the kind asked for are about other things."""
        thing, kind = asked_thing(question), expected_kind(question)
        if thing is None or kind is None:
            return False
        valued = [item for item in chosen if holds_kind(item.sentence.text, kind)]
        texts = [reading for item in valued for reading in item.readings]
        return self._foreign.lacks(thing, question=question, texts=texts)


def _choose(scored: Sequence[ScoredSentence], limit: int) -> list[ScoredSentence]:
    """The best sentences, none inside another (chunks of one document may share text)."""
    chosen: list[ScoredSentence] = []
    for item in scored:
        if len(chosen) == limit or item.score < _RELATIVE_CUT * scored[0].score:
            break
        if not any(_overlap(item.sentence, other.sentence) for other in chosen):
            chosen.append(item)
    return chosen


def _apart(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Without those that overlap an earlier one."""
    kept: list[Sentence] = []
    for sentence in sentences:
        if not any(_overlap(sentence, other) for other in kept):
            kept.append(sentence)
    return kept


def with_columns(sentences: Sequence[Sentence]) -> list[Sentence]:
    """A row's figures say nothing without their columns' names."""
    return _apart([*sentences, *(row for sentence in sentences for row in sentence.columns)])


def _overlap(one: Sentence, other: Sentence) -> bool:
    same_document = one.hit.chunk.document_id == other.hit.chunk.document_id
    return same_document and one.start < other.end and other.start < one.end


def _reading_order(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Document by document, the best one's first; within a document as it reads."""
    best: dict[DocumentId, int] = {}
    for position, sentence in enumerate(sentences):
        best.setdefault(sentence.hit.chunk.document_id, position)
    return sorted(
        sentences,
        key=lambda sentence: (best[sentence.hit.chunk.document_id], sentence.start),
    )


def _to_claim(sentence: Sentence) -> Claim:
    return Claim(
        text=sentence.text,
        citations=(
            Citation(hit=sentence.hit, quote=sentence.text, start=sentence.start, end=sentence.end),
        ),
    )
