"""What people read on a terminal."""

from __future__ import annotations

import copy

import pytest

from serving.answer.examples import ANSWER_RESPONSES
from vouch.printing import print_answer, print_degraded, print_hits

HIT = {
    "rank": 1,
    "score": 0.5,
    "passage": {"text": "27 days " * 100, "page": 2, "heading_path": ["Leave", "Annual"]},
    "document": {"path": "leave.md"},
    "explain": {"dense": {"rank": 3, "score": 0.25}},
}


def test_answer_is_printed_with_the_quote_its_place_and_its_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_answer(ANSWER_RESPONSES["answered"]["value"])
    printed = capsys.readouterr().out
    assert "“Full-time employees receive 27 days of paid annual leave.”" in printed
    assert "[1] policies/leave.md, Leave policy > Annual leave, characters 412-469" in printed
    assert "supported (quote)" in printed


def test_abstention_says_what_was_searched(capsys: pytest.CaptureFixture[str]) -> None:
    response = copy.deepcopy(ANSWER_RESPONSES["abstained"]["value"])
    print_answer(response)
    assert "Searched 8 passages; nearest documents: policies/leave.md" in capsys.readouterr().out
    response["searched"] |= {"passages": 0, "nearest": []}
    print_answer(response)
    assert "Searched 0 passages; nearest documents: none" in capsys.readouterr().out


def test_hit_is_printed_shortened_with_its_place_and_explanation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_hits([HIT])
    printed = capsys.readouterr().out
    assert "1. leave.md, page 2, Leave > Annual" in printed
    assert "dense: rank 3, score 0.2500" in printed
    assert len(printed) < 600


def test_nothing_found_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_hits([])
    assert "Nothing found" in capsys.readouterr().out


def test_what_was_given_up_is_said_and_nothing_otherwise(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_degraded({"degraded": []})
    assert capsys.readouterr().out == ""
    print_degraded({"degraded": ["rerank"]})
    assert "Given up for now: rerank" in capsys.readouterr().out
