from __future__ import annotations

import stat
from pathlib import Path

import pytest

from evaluation.judge.progress import JudgingProgress
from evaluation.judgements import ClaimJudgement, JudgeIdentity, Judgement
from tests.unit.evaluation.judge.fakes import IDENTITY
from tests.unit.evaluation.stored import run

RUN = run("r", {}, {"1": "X"})
FIRST = Judgement(
    grade="partial",
    reason="line\nbreak",
    claims=(ClaimJudgement(is_entailed=True, precise_citations=1, citations=2), None),
)


@pytest.fixture
def run_path(tmp_path: Path) -> Path:
    return tmp_path / "r.json"


def _open(run_path: Path, judge: JudgeIdentity = IDENTITY) -> JudgingProgress:
    return JudgingProgress.open(run_path, RUN, judge=judge)


def test_judgements_of_a_judging_that_was_cut_off_are_all_there(run_path: Path) -> None:
    progress = _open(run_path)
    progress.add("1", FIRST)
    progress.add("2", Judgement(grade=None, problem="odd"))
    assert _open(run_path).done == {"1": FIRST, "2": Judgement(grade=None, problem="odd")}


def test_line_that_was_cut_off_costs_its_own_question_only(run_path: Path) -> None:
    progress = _open(run_path)
    progress.add("1", FIRST)
    progress.add("2", FIRST)
    (file,) = run_path.parent.iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    assert _open(run_path).done == {"1": FIRST}


@pytest.mark.parametrize(
    "other",
    [
        JudgeIdentity(model="another", prompts_sha256=IDENTITY.prompts_sha256),
        JudgeIdentity(model=IDENTITY.model, prompts_sha256="p2"),
    ],
    ids=["model", "prompts"],
)
def test_another_judge_begins_anew(run_path: Path, other: JudgeIdentity) -> None:
    _open(run_path).add("1", FIRST)
    assert _open(run_path, other).done == {}
    assert _open(run_path).done == {}


def test_file_is_for_its_owner_only_and_goes_when_all_is_in_the_run(run_path: Path) -> None:
    progress = _open(run_path)
    progress.add("1", FIRST)
    (file,) = run_path.parent.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    progress.drop()
    assert list(run_path.parent.iterdir()) == []
