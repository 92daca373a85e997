import numpy as np
import pytest

from retrieval.embedders.token_vectors import TokenReducer, skipped_tokens

VOCABULARY = {
    "[CLS]": 0,
    "[SEP]": 1,
    "the": 2,
    "?": 3,
    "leave": 4,
    "##s": 5,
    "[unused1]": 6,
    "a1": 7,
}


def test_marks_stop_words_and_punctuation_carry_no_meaning() -> None:
    assert skipped_tokens(VOCABULARY) == {0, 1, 2, 3, 6}


def test_kept_tokens_are_scaled_to_unit_length_and_projected_in_order() -> None:
    reducer = TokenReducer(
        projection=np.eye(3, 2, dtype=np.float32), skipped_ids=skipped_tokens(VOCABULARY)
    )
    vectors = np.array([[9, 9, 9], [0, 2, 0], [9, 9, 9], [3, 0, 4]], dtype=np.float32)
    reduced = reducer.reduce(vectors, np.array([0, 4, 2, 7]))
    assert reduced == pytest.approx(np.array([[0, 1], [0.6, 0]]))
    assert reducer.dimension == 2


def test_another_projection_has_another_name() -> None:
    one, other = (
        TokenReducer(projection=np.eye(3, 2, dtype=np.float32) * scale, skipped_ids=frozenset())
        for scale in (1, 2)
    )
    assert one.name.startswith("tokens/2-")
    assert one.name != other.name


def test_text_of_stop_words_alone_has_no_token_vectors() -> None:
    reducer = TokenReducer(projection=np.eye(3, dtype=np.float32), skipped_ids=frozenset({2, 3}))
    assert reducer.reduce(np.ones((2, 3), dtype=np.float32), np.array([2, 3])).shape == (0, 3)


def test_model_without_a_projection_gives_no_token_vectors() -> None:
    assert TokenReducer.find("some-other-model", vocabulary=VOCABULARY) is None
