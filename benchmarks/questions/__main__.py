"""What understanding questions is worth: each part on and off, on questions that need it.

    python -m benchmarks.questions SET [--keep FOLDER]

The follow-ups, acronyms and questions of several parts beside this file are about the 18F handbook.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.questions.made import after_another_topic, with_a_typo, with_acronyms_swapped
from benchmarks.support import Scratch, percentile, scratch_vouch
from core.access import Principal
from core.settings import EmbeddingSettings, QuestionSettings, SearchSettings
from evaluation.outcome import Outcome
from evaluation.passages import FoundPassage
from evaluation.scores import aggregate, score
from evaluation.sets import Question, load_evaluation_set
from retrieval.embedders.contract import Embedder, load_embedder
from retrieval.pipeline import Retriever, Search, SearchResult
from retrieval.questions.contract import Turn
from retrieval.questions.understanding import QuestionUnderstanding
from retrieval.sparse import Bm25Encoder

_TOP_K = 100
_OFF = QuestionSettings(follow_ups=False, parts=False, acronyms=False, filters=False)
_METRICS = ("recall@1", "recall@5", "recall@10", "mrr")
_DEPTHS = (2, 3, 5)


@dataclass(frozen=True, slots=True)
class _Bench:
    vouch: Scratch
    embedder: Embedder

    def row(self, label: str, questions: Sequence[Question], settings: QuestionSettings) -> None:
        results = self._search(questions, settings)
        scored = [
            score(Outcome(question=question, passages=_passages(result)))
            for question, result in zip(questions, results, strict=True)
        ]
        values = [aggregate(scored).value(metric) for metric in _METRICS]
        whole = [
            sum(
                set(question.gold) <= {hit.chunk.path for hit in result.hits[:depth]}
                for question, result in zip(questions, results, strict=True)
            )
            / len(questions)
            for depth in _DEPTHS
        ]
        shown = [f"{value:.3f}" for value in [*(v or 0.0 for v in values), *whole]]
        median_ms = 1000 * percentile([r.timings_s["retrieve"] for r in results], 0.5)
        print(f"| {label} | {len(questions)} | {' | '.join(shown)} | {median_ms:.0f} |", flush=True)

    def _search(
        self, questions: Sequence[Question], settings: QuestionSettings
    ) -> list[SearchResult]:
        retriever = Retriever(
            embedder=self.embedder,
            sparse_encoder=Bm25Encoder(),
            index=self.vouch.embedded.services.index,
            settings=SearchSettings(),
            questions=QuestionUnderstanding(settings),
        )
        searches = [
            Search(
                question=question.question,
                top_k=_TOP_K,
                history=[Turn(role=turn.role, text=turn.content) for turn in question.history],
            )
            for question in questions
        ]
        return retriever.search_many(searches, principal=Principal(user="admin"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("set", type=Path)
    parser.add_argument("--keep", type=Path, help="A folder for the index, used again if there.")
    arguments = parser.parse_args()
    evaluation_set = load_evaluation_set(arguments.set)
    assert evaluation_set.corpus is not None
    own = [question for question in evaluation_set.questions if question.is_answerable]
    texts = [file.read_text() for file in sorted(evaluation_set.corpus.rglob("*.md"))]
    written = {name: _written(name) for name in ("follow_ups", "acronyms", "multi_part")}
    acronyms = [*written["acronyms"], *own]
    parts = [*written["multi_part"], *(question for question in own if question.needs_every_gold)]
    follow_ups = [*written["follow_ups"], *(question for question in own if question.history)]
    with scratch_vouch(arguments.keep) as vouch:
        vouch.ensure_indexed(evaluation_set.corpus)
        bench = _Bench(vouch, load_embedder(EmbeddingSettings()))
        depths = " | ".join(f"all gold in {depth} passages" for depth in _DEPTHS)
        print(f"| questions | n | {' | '.join(_METRICS)} | {depths} | index p50 ms |")
        print("|---" * (len(_METRICS) + len(_DEPTHS) + 3) + "|")
        for name, questions, settings in (
            ("the set's own", own, QuestionSettings()),
            ("follow-ups", follow_ups, _OFF.model_copy(update={"follow_ups": True})),
            (
                "after another topic",
                after_another_topic(own),
                _OFF.model_copy(update={"follow_ups": True}),
            ),
            ("acronyms", written["acronyms"], _OFF.model_copy(update={"acronyms": True})),
            (
                "acronyms, other form",
                with_acronyms_swapped(acronyms, texts),
                _OFF.model_copy(update={"acronyms": True}),
            ),
            ("several parts", parts, _OFF.model_copy(update={"parts": True})),
        ):
            bench.row(f"{name}: as they are", questions, _OFF)
            if any(question.history for question in questions):
                bench.row(f"{name}: last question in front", _in_front(questions), _OFF)
            bench.row(f"{name}: understood", questions, settings)
        bench.row("one typo each: as they are", with_a_typo(own), _OFF)


def _written(name: str) -> list[Question]:
    lines = Path(__file__).with_name(f"{name}.jsonl").read_text().splitlines()
    return [Question.model_validate_json(line) for line in lines]


def _in_front(questions: Sequence[Question]) -> list[Question]:
    """Each behind the last thing that the user said."""
    joined = []
    for question in questions:
        asked = [turn.content for turn in question.history if turn.role == "user"]
        text = " ".join([*asked[-1:], question.question])
        joined.append(question.model_copy(update={"question": text}))
    return joined


def _passages(result: SearchResult) -> tuple[FoundPassage, ...]:
    return tuple(
        FoundPassage(path=hit.chunk.path, text=hit.chunk.text, chunk_id=hit.chunk.id)
        for hit in result.hits
    )


if __name__ == "__main__":
    main()
