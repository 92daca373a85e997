"""What every embedder promises, held against the packaged model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.errors import ConfigurationError
from core.settings import EmbeddingSettings
from retrieval.embedders.contract import Embedder, UnknownEmbedder, load_embedder

TEXTS = (
    "Full-time employees receive 27 days of paid annual leave.",
    "Trains",
    "Book trains in second class unless the journey takes over five hours. " * 12,
    "",
    "文書 ünïcode \U0001f600",
)


class EmbedderContract:
    """Subclass it with a fixture `embedder`; loading it once for all tests is enough."""

    def test_vectors_come_in_number_order_and_dimension(self, embedder: Embedder) -> None:
        vectors = embedder.embed_passages(TEXTS)
        assert vectors.shape == (len(TEXTS), embedder.dimension)
        assert vectors.dtype == np.float32
        backwards = embedder.embed_passages(TEXTS[::-1])
        np.testing.assert_allclose(vectors, backwards[::-1], atol=1e-5)

    def test_vectors_have_unit_length(self, embedder: Embedder) -> None:
        lengths = np.linalg.norm(embedder.embed_passages(TEXTS), axis=1)
        np.testing.assert_allclose(lengths, 1.0, atol=1e-5)

    def test_no_texts_give_no_vectors_of_the_right_width(self, embedder: Embedder) -> None:
        vectors = embedder.embed_passages([])
        assert vectors.shape == (0, embedder.dimension)

    def test_query_has_one_dimension_and_unit_length(self, embedder: Embedder) -> None:
        vector = embedder.encode_query(TEXTS[0]).dense
        assert vector.shape == (embedder.dimension,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)

    def test_encoded_passages_have_the_vectors_of_embedded_ones_in_order(
        self, embedder: Embedder
    ) -> None:
        encodings = embedder.encode_passages(TEXTS)
        dense = np.stack([encoding.dense for encoding in encodings])
        np.testing.assert_allclose(dense, embedder.embed_passages(TEXTS), atol=1e-5)
        assert embedder.encode_passages([]) == []

    def test_token_vectors_have_the_dimension_that_was_said(self, embedder: Embedder) -> None:
        for text, encoding in zip(TEXTS, embedder.encode_passages(TEXTS), strict=True):
            if embedder.token_dimension is None or not text:
                assert encoding.tokens is None
            else:
                assert encoding.tokens is not None
                count, dimension = encoding.tokens.shape
                assert 0 < count <= len(embedder.offsets(text))
                assert dimension == embedder.token_dimension
                assert encoding.tokens.dtype == np.float32

    def test_token_vectors_do_not_depend_on_the_batch(self, embedder: Embedder) -> None:
        for text, together in zip(TEXTS, embedder.encode_passages(TEXTS), strict=True):
            alone = embedder.encode_query(text).tokens
            if together.tokens is None:
                assert alone is None
            else:
                assert alone is not None
                np.testing.assert_allclose(together.tokens, alone, atol=1e-5)

    def test_queries_encoded_together_are_those_encoded_alone(self, embedder: Embedder) -> None:
        together = embedder.encode_queries(TEXTS)
        for text, encoding in zip(TEXTS, together, strict=True):
            alone = embedder.encode_query(text)
            np.testing.assert_allclose(encoding.dense, alone.dense, atol=1e-5)
            assert (encoding.tokens is None) == (alone.tokens is None)
            if encoding.tokens is not None and alone.tokens is not None:
                np.testing.assert_allclose(encoding.tokens, alone.tokens, atol=1e-5)
        assert embedder.encode_queries([]) == []

    def test_meaning_decides_what_is_near(self, embedder: Embedder) -> None:
        question = embedder.encode_query("How long may I be on holiday each year?").dense
        leave, trains = embedder.embed_passages([TEXTS[0], TEXTS[2]]) @ question
        assert leave > trains + 0.1

    def test_offsets_cover_every_token_in_order_within_the_text(self, embedder: Embedder) -> None:
        text = "Book  trains in 2nd class — naïve 文書."
        offsets = embedder.offsets(text)
        assert len(offsets) >= 8
        assert all(0 <= start < end <= len(text) for start, end in offsets)
        assert list(offsets) == sorted(offsets)
        uncovered = set(range(len(text))) - {i for a, b in offsets for i in range(a, b)}
        assert all(text[i].isspace() for i in uncovered)
        assert embedder.offsets("") == []

    def test_offsets_are_not_cut_at_the_models_limit(self, embedder: Embedder) -> None:
        text = "leave " * (embedder.max_tokens + 50)
        assert len(embedder.offsets(text)) == embedder.max_tokens + 50

    def test_text_of_max_tokens_is_read_to_its_last_word(self, embedder: Embedder) -> None:
        body = "leave " * (embedder.max_tokens - 1)
        ends = embedder.embed_passages([body + "salary", body + "train", body + "leave"])
        assert not np.allclose(ends[0], ends[1], atol=1e-6)
        beyond = embedder.embed_passages([body + "leave salary", body + "leave train"])
        np.testing.assert_allclose(beyond[0], beyond[1], atol=1e-5)

    def test_name_tells_provider_and_model(self, embedder: Embedder) -> None:
        provider, _, model = embedder.name.partition("/")
        assert provider
        assert model

    def test_threads_get_the_vectors_of_their_own_texts(self, embedder: Embedder) -> None:
        alone = [embedder.encode_query(text).dense for text in TEXTS]
        with ThreadPoolExecutor(max_workers=4) as pool:
            together = [e.dense for e in pool.map(embedder.encode_query, TEXTS * 3)]
        for number, found in enumerate(together):
            np.testing.assert_allclose(found, alone[number % len(TEXTS)], atol=1e-5)


@pytest.fixture(scope="module")
def packaged_model() -> Embedder:
    return load_embedder(EmbeddingSettings())


class TestSentenceTransformersEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, packaged_model: Embedder) -> Embedder:
        return packaged_model

    def test_query_and_passage_of_the_same_text_are_one(self, embedder: Embedder) -> None:
        """The packaged model is symmetric: it has no prompt of its own for questions."""
        for text in TEXTS:
            np.testing.assert_allclose(
                embedder.encode_query(text).dense, embedder.embed_passages([text])[0], atol=1e-6
            )

    def test_tokens_of_one_meaning_are_nearer_than_those_of_another(
        self, embedder: Embedder
    ) -> None:
        question = embedder.encode_query("holidays").tokens
        leave, trains = (embedder.encode_query(text).tokens for text in ("vacation", "train"))
        assert question is not None
        assert leave is not None
        assert trains is not None
        assert (question @ leave.T).max() > (question @ trains.T).max()


def test_unknown_provider_is_refused_with_the_ones_that_there_are() -> None:
    with pytest.raises(UnknownEmbedder, match=r"'magic'.*sentence-transformers"):
        load_embedder(EmbeddingSettings(provider="magic"))


def test_model_that_is_not_there_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ConfigurationError, match="no/such/folder"):
        load_embedder(EmbeddingSettings(model="/no/such/folder"))
