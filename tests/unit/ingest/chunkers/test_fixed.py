from __future__ import annotations

from itertools import pairwise

import pytest

from core.errors import ConfigurationError
from ingest.chunkers.contract import Chunker, TokenCounter
from ingest.chunkers.fixed import FixedChunker
from tests.unit.ingest.chunkers.contract import TOKENS, ChunkerContract
from tests.unit.ingest.chunkers.documents import (
    document,
    heading,
    paragraph,
    raw_document,
    words,
)


class TestFixedChunker(ChunkerContract):
    def make(self, *, max_tokens: int, tokens: TokenCounter = TOKENS) -> Chunker:
        return FixedChunker(max_tokens=max_tokens, tokens=tokens)


def test_windows_are_full_whatever_the_structure() -> None:
    pages = document(
        heading("One", page=1),
        paragraph(words(60), page=1),
        paragraph(words(60), page=2),
        title="T",
    )
    spans = FixedChunker(max_tokens=50, tokens=TOKENS).split(pages)
    assert [span.token_count for span in spans] == [50, 50, 21]
    assert [span.page for span in spans] == [1, 1, 2]
    assert {(span.header, span.heading_path) for span in spans} == {("", ())}


def test_windows_end_between_words() -> None:
    text = "Antidisestablishmentarianism floccinaucinihilipilification " * 10
    for span in FixedChunker(max_tokens=16, tokens=TOKENS).split(raw_document(text)):
        assert set(text[span.start : span.end].split()) <= set(text.split())


def test_each_window_repeats_the_end_of_the_one_before() -> None:
    text = words(200)
    spans = FixedChunker(max_tokens=50, tokens=TOKENS, overlap=10).split(raw_document(text))
    shared = [TOKENS.count(text[later.start : earlier.end]) for earlier, later in pairwise(spans)]
    assert shared
    assert all(5 <= count <= 10 for count in shared)
    assert spans[-1].end == len(text)


def test_overlap_beyond_half_a_window_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="overlap"):
        FixedChunker(max_tokens=50, tokens=TOKENS, overlap=26)
