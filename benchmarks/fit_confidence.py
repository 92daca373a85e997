"""What the confidence of an extractive answer rests on: how similar the best sentence is to the
question, where there is an answer to be found and where there is none.

    python -m benchmarks.fit_confidence SET

Ingests the set's corpus and chooses the best sentence for every question. Prints, for its
similarity and for the score that chose it, how often an answerable question has more of it than an
unanswerable one (the area under the ROC curve), the values under which given shares of the
answerable questions fall, what share of the unanswerable ones falls below each, and the slope of a
logistic fit. `serving/answering/confidence.py` holds the choice.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.support import Scratch, scratch_vouch
from core.access import Principal
from core.settings import AnswerSettings, EmbeddingSettings, SearchSettings
from evaluation.sets import Question, load_evaluation_set
from retrieval.embedders.contract import load_embedder
from retrieval.pipeline import Retriever, Search
from retrieval.questions.contract import Turn
from retrieval.sparse import Bm25Encoder
from serving.answering.evidence import ScoredSentence, SentenceScorer

_SHARES = (0.02, 0.05, 0.08, 0.10, 0.13, 0.15, 0.20)


def main() -> None:
    parser = argparse.ArgumentParser(description="Scores behind an extractive answer's confidence.")
    parser.add_argument("set", type=Path)
    evaluation_set = load_evaluation_set(parser.parse_args().set)
    assert evaluation_set.corpus is not None
    with scratch_vouch() as vouch:
        vouch.sync(vouch.register(evaluation_set.corpus.resolve()))
        best = _best_sentences(vouch, evaluation_set.questions)
    answerable = np.array([question.is_answerable for question in evaluation_set.questions])
    _print_fit("similarity", np.array([s.similarity if s else 0.0 for s in best]), answerable)
    _print_fit("score", np.array([s.score if s else 0.0 for s in best]), answerable)


def _print_fit(name: str, values: NDArray[np.float64], answerable: NDArray[np.bool_]) -> None:
    print(f"{name}: area under the ROC curve {roc_auc_score(answerable, values):.3f}")
    for share in _SHARES:
        limit = np.quantile(values[answerable], share)
        below = (values[~answerable] < limit).mean()
        print(f"  {share:.0%} of answerable, {below:.0%} of unanswerable below {limit:.3f}")
    fit = LogisticRegression(C=100, class_weight="balanced").fit(values[:, None], answerable)
    print(f"  slope of the logistic fit: {fit.coef_[0, 0]:.2f}")


def _best_sentences(vouch: Scratch, questions: tuple[Question, ...]) -> list[ScoredSentence | None]:
    embedder = load_embedder(EmbeddingSettings())
    retriever = Retriever(
        embedder=embedder,
        sparse_encoder=Bm25Encoder(),
        index=vouch.embedded.services.index,
        settings=SearchSettings(),
    )
    scorer = SentenceScorer(embedder)
    best: list[ScoredSentence | None] = []
    for question in questions:
        result = retriever.search(
            Search(
                question=question.question,
                top_k=AnswerSettings().top_k,
                history=[Turn(role=turn.role, text=turn.content) for turn in question.history],
            ),
            principal=Principal(user="admin"),
        )
        scored = scorer.score(question.question, result)
        best.append(scored[0] if scored else None)
    return best


if __name__ == "__main__":
    main()
