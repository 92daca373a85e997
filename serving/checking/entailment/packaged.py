"""The default judge: a logistic model over a few features that a person can follow.

Trained by `python -m benchmarks.claim_pairs.train` on labelled pairs; docs/checking.md explains it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.resources import files
from math import exp
from typing import Self

import numpy as np

from core.settings import EntailmentSettings
from retrieval.embedders.contract import WordEncoder
from retrieval.embedders.vectors import Vectors
from serving.checking.entailment.acronyms import resolved_words
from serving.checking.entailment.contract import Entailment, Premise
from serving.checking.entailment.features import (
    CarriedWord,
    Features,
    carried_words,
    may_carry,
    read_features,
)

_WEIGHTS = files("serving.checking.entailment") / "weights.json"
_MOST_WEAK_WORDS = 4
_WORD = re.compile(r"\w+")
_CLAUSE_END = re.compile(r"\s*[;,]\s+(?:and |but |or )?|\s+(?:and|but|while|whereas)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """`probability = 1 / (1 + exp(-(bias + features · weights)))`."""

    bias: float
    weights: Vectors
    threshold: float

    @classmethod
    def load(cls) -> Self:
        """The packaged ones. Raises KeyError where they are of other features than the code's."""
        stored = json.loads(_WEIGHTS.read_text("utf-8"))
        names = [field.name for field in fields(Features)]
        return cls(
            bias=stored["bias"],
            weights=np.array([stored["weights"][name] for name in names], dtype=np.float32),
            threshold=stored["threshold"],
        )

    def probability(self, features: Features) -> float:
        """In [0, 1]."""
        return 1 / (1 + exp(-(self.bias + float(features.values() @ self.weights))))


class PackagedEntailer:
    """Needs no other model than the packaged embedder, and no more than milliseconds."""

    def __init__(self, encoder: WordEncoder, *, weights: Weights | None = None) -> None:
        self._encoder = encoder
        self._weights = weights or Weights.load()

    @classmethod
    def from_settings(cls, settings: EntailmentSettings, *, encoder: WordEncoder) -> Self:
        return cls(encoder)

    @property
    def name(self) -> str:
        return "packaged"

    @property
    def threshold(self) -> float:
        return self._weights.threshold

    def entail(self, claim: str, premises: Sequence[Premise]) -> Entailment:
        features, words = self.read(claim, premises)
        probability = self._weights.probability(features)
        if probability >= self.threshold:
            return Entailment(probability=probability)
        return Entailment(
            probability=probability, missing=_missing(claim, words), weakest=_weakest(words)
        )

    def read(
        self, claim: str, premises: Sequence[Premise]
    ) -> tuple[Features, Sequence[CarriedWord]]:
        """What the judgement rests on."""
        headers = [premise.header for premise in premises if premise.header]
        texts = [premise.text for premise in premises]
        written_out = _written_out(claim, [*texts, *headers])
        encoded, *quotes = self._encoder.encode_words([claim, *texts])
        words = carried_words(encoded, quotes, [], written_out=written_out)
        # Headings are encoded only where one may carry what the quotes do not.
        if headers := [header for header in headers if may_carry(header, words)]:
            headings = self._encoder.encode_words(headers)
            words = carried_words(encoded, quotes, headings, written_out=written_out)
        return read_features(encoded, quotes, words), words


def _written_out(claim: str, others: Sequence[str]) -> frozenset[str]:
    spans = resolved_words(claim, others)
    return frozenset(
        word.casefold() for start, end in spans for word in _WORD.findall(claim[start:end])
    )


def _missing(claim: str, words: Sequence[CarriedWord]) -> str:
    """The clauses in which most words are not carried; nothing where that is all, or none."""
    clauses = _clauses(claim)
    weak = {word.text for word in words if word.is_weak}
    lost = [clause for clause in clauses if _is_lost(clause, words, weak)]
    return "; ".join(lost) if len(lost) < len(clauses) else ""


def _weakest(words: Sequence[CarriedWord]) -> tuple[str, ...]:
    ordered = sorted(words, key=lambda word: word.similarity)[:_MOST_WEAK_WORDS]
    return tuple(word.text for word in ordered if word.is_weak)


def _clauses(claim: str) -> list[str]:
    return [part for part in _CLAUSE_END.split(claim.strip(" .")) if part]


def _is_lost(clause: str, words: Sequence[CarriedWord], weak: set[str]) -> bool:
    lowered = clause.casefold()
    own = [word.text for word in words if word.text in lowered]
    return bool(own) and 2 * sum(word in weak for word in own) >= len(own)
