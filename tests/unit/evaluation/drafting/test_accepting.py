from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from evaluation.drafting.accepting import DraftReview
from evaluation.drafting.drafts import Draft, DraftFile
from evaluation.sets import load_evaluation_set


def _draft(number: int) -> Draft:
    return Draft(
        id=f"draft-{number}",
        question=f"Question {number}?",
        answer=f"Answer {number}",
        evidence=f"Evidence\n{number}.",
        path="leave.md",
        passage=f"Evidence\n{number}. More.",
        passage_id=f"p{number}",
        model="a model",
        prompt_sha256="p1",
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "drafts.jsonl"
    file = DraftFile.open_or_begin(path)
    for number in (1, 2, 3):
        file.put(_draft(number))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    (folder / "corpus").mkdir(parents=True)
    (folder / "corpus" / "leave.md").write_text("Evidence")
    return folder


def test_only_what_was_accepted_is_in_the_set(path: Path, folder: Path) -> None:
    file = DraftFile.open(path)
    review = DraftReview(file, set_folder=folder)
    review.accept(file.drafts["draft-1"].model_copy(update={"question": "Edited?"}))
    review.reject(file.drafts["draft-2"])
    (question,) = load_evaluation_set(folder).questions
    assert question.model_dump(exclude_defaults=True) == {
        "id": "draft-1",
        "question": "Edited?",
        "type": "lookup",
        "gold": ("leave.md",),
        "evidence": ("Evidence\n1.",),
        "answer": "Answer 1",
    }
    again = DraftFile.open(path)
    assert [d.status for d in again.drafts.values()] == ["accepted", "rejected", "draft"]
    assert again.undecided == [_draft(3)]
    assert again.drafts["draft-1"].question == "Edited?"


def test_review_that_was_killed_before_it_marked_the_draft_adds_no_second_question(
    path: Path, folder: Path
) -> None:
    for _ in range(2):
        file = DraftFile.open(path)
        DraftReview(file, set_folder=folder).accept(file.drafts["draft-1"])
        path.write_text(path.read_text().replace('"status":"accepted"', '"status":"draft"'))
    assert len(load_evaluation_set(folder).questions) == 1


@pytest.mark.parametrize("end", ["", "\n"])
def test_questions_of_the_set_stay_as_they_were(path: Path, folder: Path, end: str) -> None:
    own = json.dumps({"id": "own", "question": "q", "type": "x", "gold": ["leave.md"], "mine": 1})
    (folder / "questions.jsonl").write_text(own + end)
    file = DraftFile.open(path)
    DraftReview(file, set_folder=folder).accept(file.drafts["draft-3"])
    assert (folder / "questions.jsonl").read_text().split("\n")[0] == own
    assert [q.id for q in load_evaluation_set(folder).questions] == ["own", "draft-3"]


def test_copies_of_the_passage_are_gold_as_well(folder: Path) -> None:
    draft = _draft(1).model_copy(update={"also_in": ("copy.md",), "source": "wiki"})
    question = draft.to_question()
    assert (question.gold, question.source) == (("leave.md", "copy.md"), "wiki")


def test_file_of_drafts_is_for_its_owner_only(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_bad_line_is_named(path: Path) -> None:
    path.write_text(path.read_text() + path.read_text().split("\n")[0])
    with pytest.raises(ConfigurationError, match="line 4: id: 'draft-1' is there already"):
        DraftFile.open(path)
    path.write_text('{"id": "x"}')
    with pytest.raises(ConfigurationError, match="line 1: question"):
        DraftFile.open(path)


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no folder"):
        DraftFile.open_or_begin(tmp_path / "nowhere" / "drafts.jsonl")
