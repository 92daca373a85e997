"""What every chunker promises. Subclass it and say how to build yours."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ConfigurationError
from ingest.chunkers.contract import Chunker, ChunkSpan, TokenCounter, embedded_text
from ingest.normalise import NormalisedDocument
from tests.unit.ingest.chunkers.documents import random_documents, raw_document, words
from tests.unit.ingest.chunkers.tokens import ModelTokens

TOKENS = ModelTokens()

_MAX_TOKENS = st.integers(16, 256)

# Chunkers keep no state between documents, so one instance may see every example.
_thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
)


class ChunkerContract:
    def make(self, *, max_tokens: int, tokens: TokenCounter = TOKENS) -> Chunker:
        raise NotImplementedError

    def check(self, document: NormalisedDocument, max_tokens: int) -> list[ChunkSpan]:
        spans = self.make(max_tokens=max_tokens).split(document)
        text = document.text
        position = 0
        for span in spans:
            chunk = text[span.start : span.end]
            assert chunk
            assert chunk == chunk.strip()
            assert not text[position : span.start].strip(), "a character is in no chunk"
            assert span.start >= position, "chunks overlap"
            position = span.end
            assert span.token_count == TOKENS.count(chunk)
            assert TOKENS.count(embedded_text(span.header, chunk)) <= max_tokens
        assert not text[position:].strip(), "the end is in no chunk"
        assert self.make(max_tokens=max_tokens).split(document) == spans
        return spans

    @_thorough
    @given(document=random_documents, max_tokens=_MAX_TOKENS)
    def test_chunks_point_into_the_text_and_lose_nothing(
        self, document: NormalisedDocument, max_tokens: int
    ) -> None:
        self.check(document, max_tokens)

    @_thorough
    @given(
        text=st.text(st.characters(exclude_categories=["Cs"]), max_size=2_000)
        | st.text("ab1., \n\t\x00\x0c\x1c\x85\xad\u0301éİßﬃ你ก้한가🙂\u200d\u3000"),
        max_tokens=_MAX_TOKENS,
    )
    def test_any_text_can_be_chunked(self, text: str, max_tokens: int) -> None:
        self.check(raw_document(text), max_tokens)

    @pytest.mark.parametrize("max_tokens", [16, 256])
    @pytest.mark.parametrize("char", ["x", "你", "🙂", "-", "\u0301", "é", "가", "\x01"])
    def test_text_without_a_blank_is_cut_into_pieces_of_readable_size(
        self, char: str, max_tokens: int
    ) -> None:
        spans = self.check(raw_document(char * 100_000), max_tokens)
        assert max(span.end - span.start for span in spans) <= 16 * max_tokens

    def test_a_long_text_is_tokenised_about_once(self) -> None:
        tokens = ModelTokens()
        document = raw_document("A sentence of some words.\n" * 4_000)
        self.make(max_tokens=256, tokens=tokens).split(document)
        assert tokens.tokenised_chars < 1.1 * len(document.text)

    def test_a_long_text_without_blanks_is_tokenised_a_few_times_at_most(self) -> None:
        tokens = ModelTokens()
        document = raw_document("句子很长。" * 20_000)
        self.make(max_tokens=256, tokens=tokens).split(document)
        assert tokens.tokenised_chars < 10 * len(document.text)

    def test_what_fits_into_one_chunk_is_one_chunk(self) -> None:
        document = raw_document(words(200))
        assert [(s.start, s.end) for s in self.check(document, 256)] == [(0, len(document.text))]

    def test_a_document_without_text_has_no_chunks(self) -> None:
        assert self.check(raw_document(" \n"), 16) == []

    def test_a_budget_too_small_for_any_text_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="at least 16"):
            self.make(max_tokens=15)
