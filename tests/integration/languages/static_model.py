"""A tiny multilingual model, made on the spot: no package carries a real one, and no hub is asked.

It is a sentence-transformers folder like any other, of the static kind: every token has a random
vector, and a text's is their mean. So it knows shared words and no meaning: it shows that a model
is chosen by setting alone, and says nothing of how well a trained one finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

DIMENSION = 128


def save_static_model(folder: Path, texts: Sequence[str]) -> None:
    """Save a model with a vocabulary learnt from these texts."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=1_500, special_tokens=["[UNK]", "[PAD]"], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    shape = (tokenizer.get_vocab_size(), DIMENSION)
    weights = np.random.default_rng(7).normal(size=shape).astype(np.float32)
    module = StaticEmbedding(tokenizer, embedding_weights=weights)
    SentenceTransformer(modules=[module], device="cpu").save(str(folder))
