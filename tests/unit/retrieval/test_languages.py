"""Telling which language a text is in."""

from __future__ import annotations

import pytest

from retrieval.languages import detect_language, likely_languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Full-time employees receive 27 days of paid annual leave.", "en"),
        ("Vollzeitkräfte haben Anspruch auf 30 Tage Jahresurlaub.", "de"),
        ("La plantilla dispone de 26 días laborables de vacaciones al año.", "es"),
        ("全职员工每年享有十五天带薪年假。", "zh"),
        ("有給休暇は年に二十日です。", "ja"),
        ("연차 휴가는 일 년에 스무 날입니다.", "ko"),
    ],
)
def test_sentence_is_told_by_its_language(text: str, language: str) -> None:
    assert detect_language(text) == language
    assert likely_languages(text)[0] == language


@pytest.mark.parametrize("text", ["", "  ", "4,500 | 27 | 3.1", "VPN", "ERR-1042"])
def test_what_cannot_be_told_has_no_language(text: str) -> None:
    assert detect_language(text) is None


def test_question_of_one_word_may_be_in_the_language_that_it_is_in() -> None:
    assert "de" in likely_languages("Spesenregelung")
    assert "es" in likely_languages("vacaciones anuales")


def test_text_without_letters_is_likely_in_no_language() -> None:
    assert likely_languages("2026: 4,500?") == ()
