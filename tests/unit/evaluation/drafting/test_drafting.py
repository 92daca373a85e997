from __future__ import annotations

from collections.abc import Sequence

import pytest

from evaluation.drafting.drafting import draft_questions
from evaluation.drafting.drafts import Draft
from evaluation.drafting.passages import DraftPassage, spread
from tests.unit.evaluation.drafting.fakes import FakeModel, passage

TEXT = "Each employee has 27 days\nof annual leave. Ask for 5 of them."
GOOD = ("How many days off do I get?", "27 days", "Each employee has 27 days of annual leave.")


def _draft(
    passages: Sequence[DraftPassage],
    replies: dict[str, tuple[str, str, str]],
    *,
    wanted: int = 10,
    known: Sequence[Draft] = (),
) -> tuple[list[Draft], dict[str, int]]:
    drafts: list[Draft] = []
    model = FakeModel(replies)
    dropped = draft_questions(passages, model, wanted=wanted, known=known, on_draft=drafts.append)
    return drafts, {str(fault): n for fault, n in dropped.items()}


def test_draft_has_the_passages_own_words_as_evidence() -> None:
    (draft,), dropped = _draft([passage(TEXT, headings=("Leave",))], {TEXT: GOOD})
    assert (draft.question, draft.answer, draft.status) == (*GOOD[:2], "draft")
    assert draft.evidence == "Each employee has 27 days\nof annual leave."
    assert draft.evidence in draft.passage
    assert (draft.path, draft.heading_path, draft.model) == ("a.md", ("Leave",), "fake")
    assert not dropped


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (
            (GOOD[0], GOOD[1], "Each employee has 28 days of annual leave."),
            "quote not in the passage",
        ),
        ((GOOD[0], GOOD[1], "each employee has 27 days"), "quote not in the passage"),
        ((GOOD[0], GOOD[1], " "), "quote not in the passage"),
        (("", "", ""), "nothing to ask"),
        ((GOOD[0], " ", GOOD[2]), "nothing to ask"),
        (("What is “Annual leave”?", GOOD[1], GOOD[2]), "repeats the heading"),
        (("annual LEAVE", GOOD[1], GOOD[2]), "repeats the heading"),
    ],
)
def test_draft_with_a_fault_is_dropped_and_counted(reply: tuple[str, str, str], fault: str) -> None:
    drafts, dropped = _draft([passage(TEXT, headings=("Annual leave",))], {TEXT: reply})
    assert drafts == []
    assert dropped == {fault: 1}


def test_question_that_asks_more_than_its_heading_is_kept() -> None:
    reply = ("How many days of annual leave do I get?", GOOD[1], GOOD[2])
    drafts, _ = _draft([passage(TEXT, headings=("Annual leave",))], {TEXT: reply})
    assert len(drafts) == 1


def test_reply_that_cannot_be_used_is_counted() -> None:
    assert _draft([passage(TEXT)], {}) == ([], {"no usable reply": 1})


def test_equal_questions_are_drafted_once() -> None:
    replies = {
        "One fact.": ("What's one?", "1", "One fact."),
        "Two.": ("what’s ONE ?", "2", "Two."),
    }
    drafts, dropped = _draft([passage(text) for text in replies], replies)
    assert [draft.answer for draft in drafts] == ["1"]
    assert dropped == {"duplicate": 1}


def test_no_more_is_asked_than_is_wanted() -> None:
    texts = [f"Fact {n}." for n in range(5)]
    replies = {text: (f"Which is {text}", "that", text) for text in texts}
    model, drafts = FakeModel(replies), list[Draft]()
    draft_questions(
        [passage(text) for text in texts], model, wanted=3, concurrency=2, on_draft=drafts.append
    )
    assert len(drafts) == 3
    assert len(model.asked) == 3


def test_passages_and_questions_of_earlier_drafts_are_left_out() -> None:
    replies = {"A.": ("Is it A?", "yes", "A."), "B.": ("Is it A?", "no", "B.")}
    known, _ = _draft([passage("A.")], replies)
    drafts, dropped = _draft([passage("A."), passage("B.")], replies, known=known)
    assert (drafts, dropped) == ([], {"duplicate": 1})


def test_each_document_has_its_turn_before_any_has_a_second() -> None:
    texts = {"a.md": ["a1", "a2", "a3"], "b.md": ["b1"], "c.md": ["c1", "c2"]}
    passages = [passage(text, path=path) for path, some in texts.items() for text in some]
    order = list(spread(passages))
    assert sorted(p.text for p in order) == sorted(p.text for p in passages)
    assert {p.path for p in order[:3]} == set(texts)
    assert {p.path for p in order[3:5]} == {"a.md", "c.md"}
    assert list(spread(passages)) == order
