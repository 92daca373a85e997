"""Judged answers as questions of an evaluation set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigurationError
from evaluation.exporting import export_cases
from evaluation.sets import load_evaluation_set


def _answer(answer_id: str, *, gold: list[tuple[str, str]], **feedback: Any) -> dict[str, Any]:
    documents = [{"path": path, "source": source} for path, source in gold]
    case = {
        "type": "numeric",
        "gold": documents,
        "answer": "27.",
        "must_contain": ["27"],
        "is_complete": True,
    }
    return {
        "id": answer_id,
        "question": "And part-time staff?",
        "asked_by": "ana@acme.test",
        "earlier_questions": ["How many days of leave?"],
        "feedback": {
            "expected_answer": "",
            "expected_documents": [],
            "is_complete": True,
            "case": case,
        }
        | feedback,
    }


def test_accepted_answer_has_the_fields_of_its_case(tmp_path: Path) -> None:
    export_cases([_answer("a", gold=[("leave.md", "handbook")])], tmp_path)
    (question,) = load_evaluation_set(tmp_path, is_live=True).questions
    assert question.id == "a"
    assert (question.type, question.gold, question.source) == ("numeric", ("leave.md",), "handbook")
    assert (question.answer, question.must_contain) == ("27.", ("27",))
    assert [turn.content for turn in question.history] == ["How many days of leave?"]
    assert question.as_user is None


def test_documents_of_several_sources_name_none(tmp_path: Path) -> None:
    export_cases([_answer("a", gold=[("leave.md", "handbook"), ("faq.md", "wiki")])], tmp_path)
    (question,) = load_evaluation_set(tmp_path, is_live=True).questions
    assert (question.gold, question.source) == (("leave.md", "faq.md"), None)


def test_asked_for_whom_it_was_answered_only_where_wanted(tmp_path: Path) -> None:
    export_cases([_answer("a", gold=[("leave.md", "handbook")])], tmp_path, as_asker=True)
    (question,) = load_evaluation_set(tmp_path, is_live=True).questions
    assert question.as_user == "ana@acme.test"


def test_unreviewed_answer_says_so_and_takes_what_its_asker_expected(tmp_path: Path) -> None:
    expected = [{"path": "faq.md", "source": "wiki"}]
    unreviewed = _answer("a", gold=[], case=None, expected_documents=expected)
    named_nothing = _answer("b", gold=[], case=None)
    export = export_cases([unreviewed, named_nothing], tmp_path)
    (question,) = load_evaluation_set(tmp_path, is_live=True).questions
    assert (question.type, question.gold) == ("unreviewed", ("faq.md",))
    assert (export.questions, sum(export.left_out.values())) == (1, 1)


def test_what_is_withheld_from_the_key_is_left_out(tmp_path: Path) -> None:
    whole = _answer("a", gold=[("leave.md", "handbook")])
    half_a_case = _answer("b", gold=[("leave.md", "handbook")])
    half_a_case["feedback"]["case"]["is_complete"] = False
    expected = [{"path": "faq.md", "source": "wiki"}]
    half_said = _answer("c", gold=[], case=None, expected_documents=expected, is_complete=False)
    export = export_cases([whole, half_a_case, half_said], tmp_path)
    (question,) = load_evaluation_set(tmp_path, is_live=True).questions
    assert question.id == "a"
    assert export.left_out == {"question with documents that are gone, or that you may not read": 2}


def test_a_set_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text("mine")
    with pytest.raises(ConfigurationError, match="there already"):
        export_cases([_answer("a", gold=[("leave.md", "handbook")])], tmp_path)
    assert (tmp_path / "questions.jsonl").read_text() == "mine"
