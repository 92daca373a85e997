"""Trains the packaged entailment scorer.

    python -m benchmarks.claim_pairs.train SET [--write]

Fits a logistic model to the features of the pairs in the train split that meaning decides: swapped
values and changed verbs are for other layers. The threshold is the one under which so few of the
train split's paraphrases fall. `--write` puts the weights where the code loads them.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from scipy.optimize import minimize

from benchmarks.claim_pairs.pair import ClaimPair
from benchmarks.claim_pairs.pairs import load_pairs
from core.settings import EmbeddingSettings
from evaluation.sets import load_evaluation_set
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from serving.checking.entailment import packaged
from serving.checking.entailment.contract import Premise
from serving.checking.entailment.features import Features
from serving.checking.entailment.packaged import PackagedEntailer, Weights

# How much a pair counts: there are few of those that are hardest and most like a model's own.
_COUNTS = {
    "paraphrase": 4.0,
    "summary": 4.0,
    "merged_both_cited": 1.0,
    "merged_one_cited": 1.0,
    "wrong_passage_same_page": 1.0,
    "wrong_passage_other_page": 1.0,
    "equal_number": 1.0,
    "name_swap": 1.0,
    "reworded_name_swap": 1.0,
    "absent_fact": 2.0,
    "subject_mismatch": 3.0,
}
_FALSE_ALARMS = 0.04
# More of a feature never counts against its meaning, however the features hang together.
_MORE, _LESS = (0.0, None), (None, 0.0)
_SIGNS = {
    field.name: _LESS if field.name in ("lacking", "contrast") else _MORE
    for field in fields(Features)
}
Rows = NDArray[np.float64]
_WEIGHTS_FILE = Path(packaged.__file__).with_name("weights.json")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the packaged entailment scorer.")
    parser.add_argument("set", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    corpus = load_evaluation_set(arguments.set).corpus
    pairs = [pair for pair in load_pairs(corpus, split="train") if pair.kind in _COUNTS]
    features = _features(pairs)
    stored = _fitted(features, pairs)
    text = json.dumps(stored, indent=1) + "\n"
    print(text)
    if arguments.write:
        _WEIGHTS_FILE.write_text(text, "utf-8")


def _features(pairs: list[ClaimPair]) -> Rows:
    zeros = np.zeros(len(fields(Features)), dtype=np.float32)
    nothing = Weights(bias=0.0, weights=zeros, threshold=0.5)
    entailer = PackagedEntailer(
        SentenceTransformersEmbedder.from_settings(EmbeddingSettings()), weights=nothing
    )
    rows = []
    for pair in track(pairs, "reading", console=Console(stderr=True), transient=True):
        premises = [Premise(text=cited.text, header=cited.header) for cited in pair.quotes]
        read, _ = entailer.read(pair.claim, premises)
        rows.append(read.values())
    return np.array(rows, dtype=np.float64)


def _fitted(features: Rows, pairs: list[ClaimPair]) -> dict[str, object]:
    supported = np.array([1.0 if pair.is_supported else -1.0 for pair in pairs])
    counts = np.array([_COUNTS[pair.kind] for pair in pairs])
    # Fitted on one scale, so that no weight is held back for its feature's unit.
    mean, scale = features.mean(axis=0), features.std(axis=0)
    rows = (features - mean) / scale

    def loss(parameters: Rows) -> float:
        margins = supported * (parameters[0] + rows @ parameters[1:])
        return float(counts @ np.logaddexp(0, -margins) + parameters[1:] @ parameters[1:] / 2)

    found = minimize(loss, np.zeros(len(_SIGNS) + 1), bounds=[(None, None), *_SIGNS.values()])
    weights = found.x[1:] / scale
    bias = float(found.x[0] - mean @ weights)
    scores = 1 / (1 + np.exp(-(bias + features @ weights)))
    paraphrases = np.array([pair.kind == "paraphrase" for pair in pairs])
    return {
        "bias": round(bias, 4),
        "weights": {
            name: round(float(weight), 4) for name, weight in zip(_SIGNS, weights, strict=True)
        },
        "threshold": round(float(np.quantile(scores[paraphrases], _FALSE_ALARMS)), 4),
    }


if __name__ == "__main__":
    main()
