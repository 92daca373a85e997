from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import TransientError
from evaluation.answers import Answered
from evaluation.judge.contract import Case
from evaluation.judge.judging import (
    NothingToJudge,
    judge_result,
    judge_results,
    judged_run,
    require_answers,
    settled,
)
from evaluation.judgements import ClaimJudgement, JudgeIdentity, Judgement
from evaluation.outcome import Outcome
from evaluation.scores import QuestionResult, score
from evaluation.sets import Question, Turn
from tests.unit.evaluation.fakes import question
from tests.unit.evaluation.judge.fakes import IDENTITY, FakeJudge, answered
from tests.unit.evaluation.stored import run

DECLINED = Answered(status="abstained", text="Nothing was found.")
UNANSWERABLE = question("1", type_="unanswerable", gold=[])


def _question(*, answer: str = "27 days", **fields: object) -> Question:
    return question("1").model_copy(update={"answer": answer, **fields})


def _result(asked: Question, answer: Answered | None) -> QuestionResult:
    return score(Outcome(question=asked, passages=None, answer=answer))


def test_answer_is_graded_against_the_right_one() -> None:
    judge = FakeJudge({"25 days": "incorrect"})
    judgement = judge_result(_result(_question(), answered("25 days")), judge)
    assert judgement == Judgement(grade="incorrect", reason="because 25 days")
    assert judge.cases == [Case(question="question 1", reference="27 days", answer="25 days")]


def test_evidence_stands_in_for_a_right_answer_that_the_set_does_not_have() -> None:
    judge = FakeJudge({"x": "correct"})
    judge_result(_result(_question(answer="", evidence=("one", "two")), answered("x")), judge)
    assert judge.cases[0].reference == "one\ntwo"


def test_question_with_nothing_to_judge_against_is_not_asked_about() -> None:
    judge = FakeJudge({})
    judgement = judge_result(_result(_question(answer=""), answered("x")), judge)
    assert judgement == Judgement(grade=None)
    assert judgement.is_complete
    assert judge.cases == []


def test_answer_to_what_nothing_answers_is_graded_without_a_reference() -> None:
    judge = FakeJudge({"36 months": "incorrect"})
    assert judge_result(_result(UNANSWERABLE, answered("36 months")), judge).grade == "incorrect"
    assert judge.cases[0].reference is None


@pytest.mark.parametrize(
    ("asked", "grade"),
    [(_question(), "missing"), (UNANSWERABLE, "correct")],
    ids=["wrong", "right"],
)
def test_refusal_is_judged_by_whether_something_answers_the_question(
    asked: Question, grade: str
) -> None:
    judge = FakeJudge({})
    assert judge_result(_result(asked, DECLINED), judge).grade == grade
    assert judge.cases == []


def test_follow_up_is_judged_with_its_conversation() -> None:
    turns = (Turn(role="user", content="How much?"), Turn(role="assistant", content="310 euros."))
    judge = FakeJudge({"x": "correct"})
    judge_result(_result(_question(history=turns), answered("x")), judge)
    assert judge.cases[0].question == "user: How much?\nassistant: 310 euros.\nuser: question 1"


def test_verdict_that_cannot_be_had_is_a_problem_and_no_grade() -> None:
    judgement = judge_result(_result(_question(), answered("odd")), FakeJudge({}))
    assert judgement.grade is None
    assert "not what was asked for" in judgement.problem
    assert not judgement.is_complete
    result = _result(_question(), answered("odd")).judged(judgement)
    assert "judged_correctness" not in result.metrics


def test_claims_are_judged_as_alce_does() -> None:
    """The worked example: entailed together only, one citation of two needless, none entailed."""
    answer = answered(
        "x",
        ("red blue", ["red", "blue"]),
        ("red", ["red", "green"]),
        ("gold", ["red"]),
        ("unclear", ["red"]),
        ("red", []),
    )
    judge = FakeJudge({"x": "correct"})
    judgement = judge_result(_result(_question(), answer), judge)
    assert judgement.claims == (
        ClaimJudgement(is_entailed=True, precise_citations=2, citations=2),
        ClaimJudgement(is_entailed=True, precise_citations=1, citations=2),
        ClaimJudgement(is_entailed=False, precise_citations=0, citations=1),
        None,
        ClaimJudgement(is_entailed=False, precise_citations=0, citations=0),
    )
    assert not judgement.is_complete
    together = [pair for pair in judge.compared if pair == ("red\nblue", "red blue")]
    assert len(together) == 1
    ratios = _result(_question(), answer).judged(judgement).ratios
    expected = {"judged_citation_recall": (2.0, 4.0), "judged_citation_precision": (3.0, 5.0)}
    assert {name: ratios[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("grade", "correctness", "incorrect"),
    [("correct", 1.0, 0.0), ("partial", 0.5, 0.0), ("missing", 0.0, 0.0), ("incorrect", 0.0, 1.0)],
)
def test_grades_count_as_in_crag(grade: str, correctness: float, incorrect: float) -> None:
    judge = FakeJudge({"x": grade})  # type: ignore[dict-item]  # one of the four
    result = _result(_question(), answered("x"))
    metrics = result.judged(judge_result(result, judge)).metrics
    assert metrics["judged_correctness"] == correctness
    assert metrics["judged_incorrect"] == incorrect


def test_run_has_the_judges_scores_beside_its_own() -> None:
    stored = run("r", {"1": ["a.md"]}, {"1": "X", "3": "Surely."})
    results = [
        replace(r, question=r.question.model_copy(update={"answer": "x"})) for r in stored.results
    ]
    stored = stored.model_copy(update={"results": tuple(results)})
    judge = FakeJudge({"X": "correct", "Surely.": "incorrect"})
    found: dict[str, Judgement] = {}
    judge_results(stored.results, judge, concurrency=2, on_judged=found.__setitem__)
    judged = judged_run(stored, judge, found)
    assert judged.judge == IDENTITY
    # Correct, declined, and an answer to what nothing answers.
    assert judged.overall.value("judged_correctness") == pytest.approx(1 / 3)
    assert judged.overall.value("judged_incorrect") == pytest.approx(1 / 3)
    assert judged.overall.metrics["judged_correctness"].interval is not None
    assert judged.groups["type"]["lookup"].value("judged_correctness") == 1.0
    kept = {n: s for n, s in judged.overall.metrics.items() if not n.startswith("judged_")}
    assert kept == stored.overall.metrics
    assert judged.not_judged == 0
    assert "because" not in judged.bare().model_dump_json()
    assert settled(judged, judge) == found
    other = JudgeIdentity(model="fake", prompts_sha256="p2")
    assert settled(judged, FakeJudge({}, identity=other)) == {}


def test_second_judgement_takes_the_place_of_the_first() -> None:
    result = _result(_question(), answered("x"))
    first = result.judged(Judgement(grade="correct"))
    assert first.judged(Judgement(grade=None, problem="odd")) == replace(
        result, judgement=Judgement(grade=None, problem="odd")
    )


def test_judge_that_is_gone_ends_the_judging_with_what_there_is() -> None:
    stored = run("r", {}, {"1": "X", "2": "Y", "3": "Z"})
    answers = {r.question.id: r.question.model_copy(update={"answer": "x"}) for r in stored.results}
    results = [replace(r, question=answers[r.question.id]) for r in stored.results]
    judge = FakeJudge({"X": "correct", "Z": "correct"}, unavailable_at="Y")
    found: dict[str, Judgement] = {}
    with pytest.raises(TransientError):
        judge_results(results, judge, concurrency=1, on_judged=found.__setitem__)
    assert set(found) == {"1"} or set(found) == {"1", "3"}


def test_run_without_answers_is_not_judged() -> None:
    with pytest.raises(NothingToJudge, match="--no-answers"):
        require_answers(run("r", {}))
    with pytest.raises(NothingToJudge, match="--bare"):
        require_answers(run("r", {}, {"1": "X"}).bare())
    require_answers(run("r", {}, {"1": "X"}))
