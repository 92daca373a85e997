"""Encodings in the model's full width, each made once however many variants need it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.settings import EmbeddingSettings
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from retrieval.embedders.token_vectors import TokenReducer, skipped_tokens
from retrieval.embedders.vectors import Encoding, Vectors

_SLICE = 64


class EncodingCache:
    """Encodings whose token vectors have the model's own width, kept in a file if there is one."""

    def __init__(self, file: Path | None) -> None:
        self.embedder = SentenceTransformersEmbedder.from_settings(EmbeddingSettings())
        self._whole = TokenReducer(
            projection=np.eye(self.embedder.dimension, dtype=np.float32),
            skipped_ids=skipped_tokens(self.embedder.vocabulary),
        )
        self._file = file
        # Token vectors in 16 bits, as the index stores them.
        self._known: dict[str, tuple[Vectors, NDArray[np.float16]]] = {}
        if file is not None and file.exists():
            self._load(file)

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Of each text, in order."""
        by_key = {_key(text): text for text in texts}
        missing = sorted(
            (text for key, text in by_key.items() if key not in self._known), key=len, reverse=True
        )
        for first in range(0, len(missing), _SLICE):
            part = missing[first : first + _SLICE]
            for text, encoding in zip(
                part, self.embedder.encode_with(self._whole, part), strict=True
            ):
                tokens = encoding.tokens
                if tokens is None:
                    tokens = np.empty((0, self.embedder.dimension), dtype=np.float32)
                self._known[_key(text)] = (encoding.dense, tokens.astype(np.float16))
        return [self._encoding(_key(text)) for text in texts]

    def save(self) -> None:
        if self._file is None:
            return
        np.savez(
            self._file,
            keys=np.array(list(self._known)),
            dense=np.stack([dense for dense, _ in self._known.values()]),
            tokens=np.concatenate([tokens for _, tokens in self._known.values()]),
            counts=np.array([len(tokens) for _, tokens in self._known.values()]),
        )

    def _load(self, file: Path) -> None:
        with np.load(file) as saved:
            tokens = np.split(saved["tokens"], np.cumsum(saved["counts"])[:-1])
            for key, dense, own in zip(saved["keys"], saved["dense"], tokens, strict=True):
                self._known[str(key)] = (dense, own)

    def _encoding(self, key: str) -> Encoding:
        dense, tokens = self._known[key]
        return Encoding(dense=dense, tokens=tokens.astype(np.float32) if len(tokens) else None)


class QueryEncoder:
    """What a retriever asks of an embedder, with token vectors of a chosen width."""

    def __init__(self, cache: EncodingCache, projection: Vectors) -> None:
        self._cache = cache
        self._projection = projection

    def encode_queries(self, texts: Sequence[str]) -> list[Encoding]:
        return [reduced(encoding, self._projection) for encoding in self._cache.encode(texts)]


def reduced(encoding: Encoding, projection: Vectors) -> Encoding:
    """The encoding with its token vectors projected; `projection` is (model's width, width)."""
    if encoding.tokens is None:
        return encoding
    return Encoding(dense=encoding.dense, tokens=encoding.tokens @ projection)


def principal_directions(texts: Sequence[str], cache: EncodingCache) -> Vectors:
    """All directions of these texts' token vectors, those in which they differ most first; shape
    (model's width, model's width).
    """
    vectors = np.concatenate([e.tokens for e in cache.encode(texts) if e.tokens is not None])
    _, directions = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    widest_first: Vectors = np.ascontiguousarray(directions[:, ::-1])
    return widest_first


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
