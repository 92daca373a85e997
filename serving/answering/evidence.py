"""Candidate sentences of the passages, and how well each one speaks to the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np

from core.chunks import Hit
from retrieval.embedders.contract import PassageEmbedder, QueryEncoder
from retrieval.embedders.vectors import Vectors
from retrieval.passages.passage import Passage
from retrieval.pipeline import SearchResult
from serving.answering.expected import ValueKind, expected_kind, holds_kind
from serving.answering.table_rows import column_rows, with_column_names
from serving.sentences import iter_sentences
from serving.words import content_stems, iter_words

_MIN_WORDS = 3
# "Surname: Keller" and "ORD | Ordering" say something in two words.
_MIN_WORDS_OF_PAIR = 2
_PAIR = re.compile(r"[^:|]{1,40}(?::| \|) +\S")
MAX_CHARS = 700
"""A longer one is a table or code set as one line: as a quote it says nothing in particular."""

# A sentence with fewer content words is worth less: it says little by itself.
_FULL_SENTENCE_STEMS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a passage; offsets in characters of the document's normalised text. `hit` is
    the one whose chunk it begins in, `rank` that of the passage, from 1. `columns` are the rows
    above it that name the columns of a table's row.
    """

    hit: Hit
    rank: int
    text: str
    start: int
    end: int
    columns: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSentence:
    """A sentence with its features, each in [0, 1] but `similarity` in [-1, 1]. `readings` are the
    texts that it was embedded as: under its heading, or with the names of its columns.
    """

    sentence: Sentence
    readings: tuple[str, ...]
    similarity: float
    coverage: float
    context_coverage: float
    fits_form: bool
    score: float


@dataclass(frozen=True, slots=True)
class _Question:
    vector: Vectors
    weights: dict[str, float]
    expected: ValueKind | None


class SentenceScorer:
    """Scores sentences against a question: meaning by the embedder, words by rarity in the hits.
    `sentences` embeds as `queries` does: it is the same embedder, or remembers what that made.
    """

    def __init__(self, *, queries: QueryEncoder, sentences: PassageEmbedder) -> None:
        self._queries = queries
        self._sentences = sentences

    def score(self, question: str, result: SearchResult) -> list[ScoredSentence]:
        """Every candidate sentence of the passages, best first. `question` is as it was asked."""
        asked = _understand(question, result.question, result.hits, vector=result.question_vector)
        return self._rank([asked], result)[0]

    def score_parts(self, result: SearchResult) -> list[list[ScoredSentence]]:
        """The same for each part of the question, in their order; empty where it is one."""
        parts = result.understood.parts
        vectors = [encoding.dense for encoding in self._queries.encode_queries(parts)]
        asked = [
            _understand(part, part, result.hits, vector=vector)
            for part, vector in zip(parts, vectors, strict=True)
        ]
        return self._rank(asked, result)

    def _rank(
        self, questions: Sequence[_Question], result: SearchResult
    ) -> list[list[ScoredSentence]]:
        sentences = list(candidate_sentences(result.passages)) if questions else []
        if not sentences:
            return [[] for _ in questions]
        readings = [_readings(sentence) for sentence in sentences]
        vectors = self._sentences.embed_passages([text for texts in readings for text in texts])
        return [_ranked(sentences, readings, vectors, question) for question in questions]


def candidate_sentences(passages: Sequence[Passage]) -> Iterator[Sentence]:
    """The sentences that say something by themselves, in the passages' order; equal ones once.

    Column names are not among them: they come with the rows below them.
    """
    seen: set[str] = set()
    for rank, passage in enumerate(passages, start=1):
        spans = list(iter_sentences(passage.text))
        columns = column_rows(passage.text, spans)
        names = {index for rows in columns.values() for index in rows}
        sentences = [
            _sentence(passage, rank, span.start, passage.text[span.start : span.end])
            for span in spans
        ]
        for index, sentence in enumerate(sentences):
            if index in names or not _says_something(sentence) or sentence.text in seen:
                continue
            seen.add(sentence.text)
            rows = columns.get(index, ())
            yield replace(sentence, columns=tuple(sentences[row] for row in rows))


def _sentence(passage: Passage, rank: int, offset: int, text: str) -> Sentence:
    start = passage.start + offset
    hit = passage.hit_at(start)
    return Sentence(hit=hit, rank=rank, text=text, start=start, end=start + len(text))


def _says_something(sentence: Sentence) -> bool:
    """Whether it is no heading, title or line without words, and short enough to be quoted."""
    text, chunk = sentence.text, sentence.hit.chunk
    if text in chunk.heading_path or text.partition(": ")[2] == chunk.title:
        return False
    words = len(iter_words(text))
    least = _MIN_WORDS_OF_PAIR if _PAIR.match(text) else _MIN_WORDS
    return words >= least and len(text) <= MAX_CHARS


def _readings(sentence: Sentence) -> tuple[str, ...]:
    """A sentence leans on its heading: "Up to 30 days" of what, only "Parental leave" says.

    A row leans on the names of its columns, and may or may not lean on its heading, which speaks
    of a whole table: both readings count.
    """
    chunk = sentence.hit.chunk
    heading = chunk.heading_path[-1] if chunk.heading_path else chunk.title
    if not sentence.columns:
        return (f"{heading}: {sentence.text}",)
    row = with_column_names(sentence.text, [names.text for names in sentence.columns])
    return (f"{heading}: {row}", row)


def _understand(
    question: str, standalone: str, hits: Sequence[Hit], *, vector: Vectors
) -> _Question:
    documents = [set(content_stems(f"{_header(hit)} {hit.chunk.text}")) for hit in hits]
    frequency = Counter(stem for stems in documents for stem in stems)
    weights = {
        stem: log(1 + (len(documents) + 1) / (frequency[stem] + 0.5))
        for stem in set(content_stems(standalone))
    }
    return _Question(vector=vector, weights=weights, expected=expected_kind(question))


def _ranked(
    sentences: Sequence[Sentence],
    readings: Sequence[tuple[str, ...]],
    vectors: Vectors,
    question: _Question,
) -> list[ScoredSentence]:
    similarities = iter(np.asarray(vectors @ question.vector))
    scored = [
        _score(sentence, texts, max(float(next(similarities)) for _ in texts), question)
        for sentence, texts in zip(sentences, readings, strict=True)
    ]
    return sorted(scored, key=lambda item: (-item.score, item.sentence.rank, item.sentence.start))


def _score(
    sentence: Sentence, readings: tuple[str, ...], similarity: float, question: _Question
) -> ScoredSentence:
    own = set(content_stems(sentence.text))
    around = " ".join((_header(sentence.hit), *(row.text for row in sentence.columns)))
    context = own | set(content_stems(around))
    fullness = min(1.0, len(own) / _FULL_SENTENCE_STEMS)
    coverage = _weight_share(question.weights, own)
    context_coverage = _weight_share(question.weights, context)
    fits_form = question.expected is None or holds_kind(sentence.text, question.expected)
    return ScoredSentence(
        sentence=sentence,
        readings=readings,
        similarity=similarity,
        coverage=coverage,
        context_coverage=context_coverage,
        fits_form=fits_form,
        score=(
            (similarity + 0.25 * context_coverage + 0.15 * coverage + 0.1 * fits_form)
            # Under a fitting heading "Signed by both sides." is as similar as a real answer.
            * (0.6 + 0.4 * fullness)
            + 0.15 / sentence.rank
        ),
    )


def _header(hit: Hit) -> str:
    return " ".join((hit.chunk.title, *hit.chunk.heading_path))


def _weight_share(weights: dict[str, float], stems: set[str]) -> float:
    total = sum(weights.values())
    return (
        sum(weight for stem, weight in weights.items() if stem in stems) / total if total else 0.0
    )
