"""What the confidence of an extractive answer rests on: best sentences' scores, with and without an
answer to be found.

    python -m benchmarks.fit_confidence SET

Ingests the set's corpus, scores the best sentence for every question, and prints the scores under
which given shares of the answerable questions fall, what share of the unanswerable ones falls
below each, and the slope of a logistic fit. `serving/answering/confidence.py` holds the choice.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.support import Scratch, scratch_vouch
from core.access import Principal
from core.settings import AnswerSettings, EmbeddingSettings, SearchSettings
from evaluation.sets import Question, load_evaluation_set
from retrieval.embedders.contract import load_embedder
from retrieval.pipeline import Retriever
from retrieval.sparse import Bm25Encoder
from serving.answering.evidence import SentenceScorer

_SHARES = (0.02, 0.05, 0.08, 0.10, 0.13, 0.15, 0.20)


def main() -> None:
    parser = argparse.ArgumentParser(description="Scores behind an extractive answer's confidence.")
    parser.add_argument("set", type=Path)
    evaluation_set = load_evaluation_set(parser.parse_args().set)
    with scratch_vouch() as vouch:
        vouch.sync(vouch.register(evaluation_set.corpus.resolve()))
        best = np.array(_best_scores(vouch, evaluation_set.questions))
    answerable = np.array([question.is_answerable for question in evaluation_set.questions])
    for share in _SHARES:
        score = np.quantile(best[answerable], share)
        below = (best[~answerable] < score).mean()
        print(f"{share:.0%} of answerable, {below:.0%} of unanswerable below {score:.3f}")
    fit = LogisticRegression(C=100, class_weight="balanced").fit(best[:, None], answerable)
    print(f"slope of the logistic fit: {fit.coef_[0, 0]:.2f}")


def _best_scores(vouch: Scratch, questions: tuple[Question, ...]) -> list[float]:
    embedder = load_embedder(EmbeddingSettings())
    retriever = Retriever(
        embedder=embedder,
        sparse_encoder=Bm25Encoder(),
        index=vouch.embedded.services.index,
        settings=SearchSettings(),
    )
    scorer = SentenceScorer(embedder)
    scores = []
    for question in questions:
        result = retriever.search(
            question.question,
            principal=Principal(user="admin"),
            top_k=AnswerSettings().top_k,
            earlier_questions=[turn.content for turn in question.history if turn.role == "user"],
        )
        scored = scorer.score(question.question, result)
        scores.append(scored[0].score if scored else 0.0)
    return scores


if __name__ == "__main__":
    main()
