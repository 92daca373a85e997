"""What becomes of a text for BM25: which words of a question meet which words of a passage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.sparse import Bm25Encoder

ENCODER = Bm25Encoder()


def _shared(question: str, passage: str, language: str | None) -> int:
    """How many tokens of the question the passage has."""
    asked = ENCODER.encode_query(question).indices
    return len(set(asked) & set(ENCODER.encode_passage(passage, language=language).indices))


@pytest.mark.parametrize(
    ("question", "passage", "language"),
    [
        ("Which employees receive leave?", "An employee receives it.", "en"),
        ("Wie lange sind die Kündigungsfristen?", "Die Kündigungsfrist beträgt", "de"),
        ("¿Dónde guardo las contraseñas?", "una contraseña larga", "es"),
        ("Quels sont les remboursements prévus ?", "Le remboursement est versé", "fr"),
        ("年假有多少天？", "未休完的年假可以保留", "zh"),
        ("有給休暇は何日ですか", "有給休暇の申請", "ja"),
        ("연차 휴가는 며칠입니까", "연차 휴가의 신청", "ko"),
        ("Ile dni urlopu mam w roku?", "Liczba dni urlopu", "pl"),
    ],
)
def test_question_meets_other_forms_of_its_words_in_its_own_language(
    question: str, passage: str, language: str
) -> None:
    assert _shared(question, passage, language) >= 1


@pytest.mark.parametrize(
    ("text", "language"),
    [("der die das und nicht", "de"), ("el la los de que", "es"), ("the of and", "en")],
)
def test_stop_words_of_a_passages_language_are_left_out(text: str, language: str) -> None:
    assert ENCODER.encode_passage(text, language=language).indices == ()


def test_passage_of_unknown_language_is_taken_for_english() -> None:
    assert ENCODER.encode_passage("the policies") == ENCODER.encode_passage(
        "the policies", language="en"
    )


def test_identifier_is_a_token_beside_its_parts() -> None:
    whole, part = "ERR-1042 and ERR-1043", "ERR 1042"
    assert _shared("ERR-1042", whole, "en") == 3
    assert _shared("ERR-1042", part, "en") == 2


@pytest.mark.parametrize("passage", ["ERR-4401表示光照传感器被遮挡。", "故障码ERR-4401：遮挡"])
def test_identifier_within_text_without_spaces_is_found(passage: str) -> None:
    assert _shared("ERR-4401", passage, "zh") == 3


def test_full_width_letters_and_digits_are_plain_ones() -> None:
    assert _shared("ＶＰＮ １０４２", "VPN 1042", "en") == 2


def test_order_of_characters_matters_in_chinese() -> None:
    assert _shared("年假有多少天", "假年", "zh") == 0


@given(text=st.text(max_size=300), language=st.sampled_from(["en", "de", "zh", "pl", None]))
def test_every_text_has_positive_weights_and_each_token_once(
    text: str, language: str | None
) -> None:
    for vector in (ENCODER.encode_passage(text, language=language), ENCODER.encode_query(text)):
        assert len(vector.indices) == len(vector.values) == len(set(vector.indices))
        assert all(value > 0 for value in vector.values)


def test_expansion_counts_half_and_never_lowers_what_was_asked() -> None:
    asked = ENCODER.encode_query("Who appoints the CDO?")
    added = ENCODER.encode_query("chief data officer CDO")
    both = ENCODER.encode_query("Who appoints the CDO?", expansion="chief data officer CDO")
    weights = dict(zip(both.indices, both.values, strict=True))
    of_asked = dict(zip(asked.indices, asked.values, strict=True))
    of_added = dict(zip(added.indices, added.values, strict=True))
    assert weights.keys() == of_asked.keys() | of_added.keys()
    assert all(weights[index] == value for index, value in of_asked.items())
    assert all(
        weights[index] == pytest.approx(value / 2)
        for index, value in of_added.items()
        if index not in of_asked
    )
