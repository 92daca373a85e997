"""A real BERT cross-encoder, made here: two layers, and a few seconds of training if asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

_STEPS = 60
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

Pair = tuple[str, str, bool]
"""Question, passage, and whether the one answers the other."""


def save_cross_encoder(
    folder: Path,
    vocabulary: Sequence[str],
    *,
    labels: int = 1,
    max_positions: int = 64,
    training: Sequence[Pair] = (),
) -> None:
    """Save a model of these words, always with the same weights; trained where pairs are given."""
    tokenizer = _tokenizer(vocabulary)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = BertForSequenceClassification(
            BertConfig(
                vocab_size=len(tokenizer),
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=64,
                max_position_embeddings=max_positions,
                num_labels=labels,  # type: ignore[call-arg]  # goes to its base class
                # Large enough for different texts to have different scores without training.
                initializer_range=0.2,
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
            )
        )
        if training:
            _train(model, tokenizer, training)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _train(
    model: BertForSequenceClassification,
    tokenizer: PreTrainedTokenizerFast,
    pairs: Sequence[Pair],
) -> None:
    features = tokenizer(
        [question for question, _, _ in pairs],
        [passage for _, passage, _ in pairs],
        padding=True,
        return_tensors="pt",
    )
    labels = torch.tensor([[float(is_relevant)] for _, _, is_relevant in pairs])
    # One in several passages answers.
    weight = torch.tensor([sum(not relevant for *_, relevant in pairs) / labels.sum().item()])
    loss_of = torch.nn.BCEWithLogitsLoss(pos_weight=weight)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    # Threads that wait for each other over so little work take a hundred times as long.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for _ in range(_STEPS):
        optimiser.zero_grad()
        loss_of(model(**features).logits, labels).backward()
        optimiser.step()
    torch.set_num_threads(threads)


def _tokenizer(vocabulary: Sequence[str]) -> PreTrainedTokenizerFast:
    words = dict.fromkeys((*_SPECIAL, *(word.lower() for word in vocabulary)))
    ids = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordLevel(ids, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    # Without model_max_length, as many published ones: the model's positions are the limit.
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # no hints
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
