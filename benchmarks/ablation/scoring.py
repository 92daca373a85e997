"""One row of the table: retrieval metrics, the number of chunks, and the time of a search."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.support import percentile
from core.chunks import Hit
from evaluation.outcome import Outcome
from evaluation.passages import FoundPassage
from evaluation.scores import aggregate, score
from evaluation.sets import Question
from retrieval.pipeline import SearchResult

_METRICS = ("recall@1", "recall@5", "recall@10", "mrr", "evidence_recall@5")

HEADERS = ("variant", "chunks", *_METRICS, "paraphrase recall@5", "index p50 ms")


def row(
    label: str, *, chunks: int, questions: Sequence[Question], results: Sequence[SearchResult]
) -> str:
    """A row of a Markdown table under HEADERS; a metric that no question has is a dash."""
    scored = [
        score(Outcome(question=question, passages=tuple(map(_passage, result.hits))))
        for question, result in zip(questions, results, strict=True)
    ]
    paraphrases = [result for result in scored if result.question.type == "paraphrase"]
    cells = [
        *(aggregate(scored).value(metric) for metric in _METRICS),
        aggregate(paraphrases).value("recall@5"),
    ]
    median_ms = percentile([result.timings_s["retrieve"] for result in results], 0.5) * 1000
    shown = ["–" if value is None else f"{value:.3f}" for value in cells]
    return f"| {' | '.join([label, str(chunks), *shown, f'{median_ms:.0f}'])} |"


def _passage(hit: Hit) -> FoundPassage:
    return FoundPassage(path=hit.chunk.path, text=hit.chunk.text, chunk_id=hit.chunk.id)
