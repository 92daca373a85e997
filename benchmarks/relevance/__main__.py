"""Fits and measures the judgement of relevance.

    python -m benchmarks.relevance [--show]

Reads pairs.jsonl: questions, each with sentences that answer it and true ones that do not. Prints
the weights of a logistic model of all pairs, and the margin under which 5 % of the answering ones
fall. The rates are those of models that were fitted without the question that they judge.
`serving/answering/relevance.py` holds the choice.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from core.settings import EmbeddingSettings
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from serving.answering.relevance import Relevance

_PAIRS = Path(__file__).with_name("pairs.jsonl")
_LOST = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit and measure the judgement of relevance.")
    parser.add_argument("--show", action="store_true", help="Print the pairs that go wrong.")
    is_shown = parser.parse_args().show
    pairs = [json.loads(line) for line in _PAIRS.read_text("utf-8").splitlines()]
    relevance = Relevance(SentenceTransformersEmbedder.from_settings(EmbeddingSettings()))
    signs = [
        relevance.read(pair["question"], pair["claim"], headings=pair["header"].split(" > "))
        for pair in pairs
    ]
    rows = np.array([[each.similarity, each.weakest] for each in signs])
    lacking = np.array([each.is_lacking for each in signs])
    answers = np.array([pair["answers"] for pair in pairs])
    fit = LogisticRegression(C=3).fit(rows, answers)
    weights = fit.coef_[0]
    least = np.quantile((rows @ weights)[answers], _LOST)
    print(f"weights: similarity {weights[0]:.2f}, weakest word {weights[1]:.2f}; least {least:.2f}")
    apart = cross_val_predict(
        LogisticRegression(C=3),
        rows,
        answers,
        groups=[pair["question"] for pair in pairs],
        cv=LeaveOneGroupOut(),
        method="decision_function",
    )
    print(f"area under the ROC curve, question by question: {roc_auc_score(answers, apart):.3f}")
    rejected = lacking | (apart < np.quantile(apart[answers], _LOST))
    print(f"of {answers.sum()} that answer, withheld: {rejected[answers].mean():.3f}")
    print(f"of {(~answers).sum()} on another matter, withheld: {rejected[~answers].mean():.3f}")
    shipped = np.array([not each.is_relevant for each in signs])
    print(f"as shipped: {shipped[answers].mean():.3f} and {shipped[~answers].mean():.3f}")
    if is_shown:
        for pair, is_out in zip(pairs, rejected, strict=True):
            if is_out == pair["answers"]:
                print(f"  {pair['answers']!s:5} {pair['question']} | {pair['claim']}")


if __name__ == "__main__":
    main()
