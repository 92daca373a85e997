"""Words of meaning out of a model's tokens, with the vectors that they have in their text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

import numpy as np

from retrieval.embedders.token_vectors import skipped_tokens
from retrieval.embedders.vectors import EncodedWords, Vectors

_CONTINUES = "##"
# Of the vocabulary's whole words, the commonest first, and one of its last.
_COMMONEST = "the"


class WordReader:
    """For WordPiece vocabularies, in which a token that continues a word begins with `##`."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._tokens = {token_id: token for token, token_id in vocabulary.items()}
        self._skipped = skipped_tokens(vocabulary)
        self._first = vocabulary.get(_COMMONEST, 0)
        self._log_size = log(max(len(vocabulary) - self._first, 2))

    def read(self, features: Mapping[str, Any]) -> EncodedWords:
        """From the tensors of one text, which are padded to the longest of its batch."""
        is_token = features["attention_mask"].bool()
        ids = features["input_ids"][is_token].tolist()
        vectors = _unit(features["token_embeddings"][is_token].float().numpy())
        # Grouped first: a piece inside of a word may look like a word without meaning.
        groups: list[list[int]] = []
        for place, token_id in enumerate(ids):
            if self._tokens[token_id].startswith(_CONTINUES) and groups:
                groups[-1].append(place)
            else:
                groups.append([place])
        kept = [group for group in groups if ids[group[0]] not in self._skipped or len(group) > 1]
        return EncodedWords(
            dense=_unit(features["sentence_embedding"].float().numpy()[None])[0],
            texts=tuple(
                "".join(self._tokens[ids[place]].removeprefix(_CONTINUES) for place in group)
                for group in kept
            ),
            vectors=tuple(vectors[group] for group in kept),
            rarities=tuple(self._rarity([ids[place] for place in group]) for group in kept),
        )

    def _rarity(self, ids: Sequence[int]) -> float:
        """By the word's place in the vocabulary, logarithmically: WordPiece vocabularies list whole
        words by how often they occur, behind the special tokens and single characters.

        Source: the `vocab.txt` of google-research/bert, which the packaged model shares.
        """
        if len(ids) > 1:
            return 1.0
        return log(max(ids[0] - self._first, 0) + 1) / self._log_size


def _unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    unit: Vectors = vectors / lengths
    return unit
