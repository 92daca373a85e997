"""Feedback over the API: judged by who asked, reviewed by reviewers, shown to who may read."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest

from serving.feedback.schemas import FeedbackPage, JudgedAnswer
from tests.integration.serving.conftest import SECRET_WORDS, Company
from tests.integration.serving.test_keys import ANY_ID

_LEAVE = "How many days of annual leave do full-time employees receive?"
_BONUS = "What is the bonus for engineers in band seven?"
_ANA, _HANA, _RITA = "ana@acme.test", "hana@acme.test", "rita@acme.test"


def _ask(company: Company, question: str = _LEAVE, *, user: str = _ANA, **options: Any) -> str:
    body = {"question": question, **options}
    answer = company.ok("POST", "/v1/answer", user=user, json=body)
    assert answer["status"] == "answered"
    return str(answer["id"])


def _judge(
    company: Company, answer_id: str, *, user: str = _ANA, **feedback: Any
) -> dict[str, Any]:
    body = {"verdict": "down", **feedback}
    path = f"/v1/answers/{answer_id}/feedback"
    return dict(company.ok("PUT", path, user=user, json=body))


def _feedback_of(company: Company, answer_id: str, *, key: str | None = None) -> dict[str, Any]:
    page = company.ok("GET", "/v1/feedback?limit=1000", key=key)
    FeedbackPage.model_validate(page, extra="forbid")
    return next(answer for answer in page["answers"] if answer["id"] == answer_id)


def _leaks(body: Any) -> list[str]:
    return [word for word in SECRET_WORDS if word in json.dumps(body)]


@pytest.fixture(scope="module")
def reviewer(company: Company) -> str:
    """The key of a reviewer who may not read the folder of group:hr."""
    return company.key("reviewer", _RITA)


def test_asker_reads_the_answer_again_with_its_quotes(company: Company) -> None:
    history = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi."}]
    answer_id = _ask(company, history=history)
    body = company.ok("GET", f"/v1/answers/{answer_id}", user=_ANA)
    answer = JudgedAnswer.model_validate(body, extra="forbid")
    assert (answer.asked_by, answer.question) == (_ANA, _LEAVE)
    # What an assistant said quotes documents, and is not kept beside them.
    assert answer.earlier_questions == ["Hello"]
    assert (answer.status, answer.is_complete, answer.feedback) == ("answered", True, None)
    assert "27 days" in answer.claims[0].citations[0].quote
    assert answer.claims[0].citations[0].document.path == "leave.md"


@pytest.mark.parametrize("method_and_end", [("GET", ""), ("PUT", "/feedback")])
def test_answer_of_another_cannot_be_told_from_one_that_never_was(
    company: Company, method_and_end: tuple[str, str]
) -> None:
    method, end = method_and_end
    problems = []
    for answer_id in (_ask(company), ANY_ID):
        problem = company.refused(
            HTTPStatus.NOT_FOUND,
            method,
            f"/v1/answers/{answer_id}{end}",
            user="ben@acme.test",
            key=company.key("reader", "chat@acme.test", may_act_for_users=True),
            json={"verdict": "up"} if end else None,
        )
        problems.append(problem["detail"].replace(answer_id, "ID"))
    assert problems[0] == problems[1]


def test_feedback_takes_the_place_of_what_was_said_before(company: Company) -> None:
    answer_id = _ask(company)
    _judge(company, answer_id, reason="wrong", comment="Surely more.")
    company.ok("PUT", f"/v1/feedback/{answer_id}/review", json={"decision": "dismissed"})
    for _ in range(2):
        feedback = _judge(company, answer_id, verdict="up")["feedback"]
        assert (feedback["verdict"], feedback["reason"], feedback["comment"]) == ("up", None, "")
        assert (feedback["state"], feedback["reviewed_by"]) == ("open", None)


def test_only_who_asked_judges(company: Company) -> None:
    answer_id = _ask(company)
    path = f"/v1/answers/{answer_id}/feedback"
    problem = company.refused(HTTPStatus.NOT_FOUND, "PUT", path, json={"verdict": "up"})
    assert problem["code"] == "answer_not_found"


def test_expected_document_must_be_readable_and_which_it_is_not_said(company: Company) -> None:
    answer_id = _ask(company)
    details = []
    for document_id in (company.document_id("hr/salaries.md"), ANY_ID):
        problem = company.refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "PUT",
            f"/v1/answers/{answer_id}/feedback",
            user=_ANA,
            json={"verdict": "down", "expected_documents": [document_id]},
        )
        details.append(problem["detail"].replace(document_id, "ID"))
    assert details[0] == details[1]


def test_reviewer_sees_no_text_that_the_reviewer_may_not_read(
    company: Company, reviewer: str
) -> None:
    answer_id = _ask(company, _BONUS, user=_HANA)
    salaries = company.document_id("hr/salaries.md")
    own = _judge(company, answer_id, user=_HANA, verdict="up", expected_documents=[salaries])
    assert _leaks(own)
    for body in (
        _feedback_of(company, answer_id, key=reviewer),
        company.ok("GET", f"/v1/answers/{answer_id}", key=reviewer),
    ):
        assert body["question"] == _BONUS
        assert (body["claims"], body["is_complete"]) == ([], False)
        assert body["feedback"]["expected_documents"] == []
        assert not _leaks(body)
        assert salaries not in json.dumps(body)


def test_words_about_what_a_reviewer_may_not_read_are_withheld(
    company: Company, reviewer: str
) -> None:
    salaries = company.document_id("hr/salaries.md")
    words = {"comment": "The zanzibar bonus!", "expected_answer": "9,400 euros."}
    cites_it, expects_it = _ask(company, _BONUS, user=_HANA), _ask(company, user=_HANA)
    _judge(company, cites_it, user=_HANA, **words)
    _judge(company, expects_it, user=_HANA, expected_documents=[salaries], **words)
    for answer_id in (cites_it, expects_it):
        for body in (
            _feedback_of(company, answer_id, key=reviewer),
            company.ok("GET", f"/v1/answers/{answer_id}", key=reviewer),
        ):
            assert not _leaks(body["feedback"])
            assert (body["feedback"]["verdict"], body["feedback"]["is_complete"]) == ("down", False)
        own = company.ok("GET", f"/v1/answers/{answer_id}", user=_HANA)["feedback"]
        assert (own["comment"], own["is_complete"]) == ("The zanzibar bonus!", True)


def test_words_that_a_reviewer_may_not_read_are_not_taken_into_a_case(
    company: Company, reviewer: str
) -> None:
    salaries, travel = company.document_id("hr/salaries.md"), company.document_id("travel.md")
    answer_id = _ask(company, user=_HANA)
    words = {"expected_answer": "9,400 euros.", "expected_documents": [salaries]}
    _judge(company, answer_id, user=_HANA, **words)
    path = f"/v1/feedback/{answer_id}/review"
    for by, case in (
        ({"key": reviewer}, {"gold": [travel]}),
        ({"user": _HANA}, {"gold": [travel]}),
        ({"key": reviewer}, {"type": "unanswerable"}),
    ):
        company.ok("PUT", path, json={"decision": "accepted", **case}, **by)
        assert not _leaks(_feedback_of(company, answer_id, key=reviewer))


def test_case_is_shown_only_to_who_may_read_all_its_documents(
    company: Company, reviewer: str
) -> None:
    answer_id = _ask(company)
    _judge(company, answer_id)
    gold = [company.document_id("leave.md"), company.document_id("hr/salaries.md")]
    body = {
        "decision": "accepted",
        "gold": gold,
        "answer": "The zanzibar bonus.",
        "must_contain": ["9,400"],
    }
    company.ok("PUT", f"/v1/feedback/{answer_id}/review", user=_HANA, json=body)
    for options in ({"user": _ANA}, {"key": reviewer}):
        shown = company.ok("GET", f"/v1/answers/{answer_id}", **options)
        assert not _leaks(shown)
        assert shown["feedback"]["case"]["is_complete"] is False
    case = company.ok("GET", f"/v1/answers/{answer_id}", user=_HANA)["feedback"]["case"]
    assert (case["is_complete"], case["must_contain"]) == (True, ["9,400"])


def test_reviewer_cannot_take_gold_from_what_the_reviewer_may_not_read(
    company: Company, reviewer: str
) -> None:
    answer_id = _ask(company, _BONUS, user=_HANA)
    _judge(company, answer_id, user=_HANA, verdict="up")
    salaries = company.document_id("hr/salaries.md")
    path = f"/v1/feedback/{answer_id}/review"
    for body in ({}, {"gold": [salaries]}):
        problem = company.refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "PUT",
            path,
            key=reviewer,
            json={"decision": "accepted", **body},
        )
        assert not _leaks(problem)


def test_good_answer_becomes_a_case_of_what_it_cites(company: Company, reviewer: str) -> None:
    answer_id = _ask(company)
    _judge(company, answer_id, verdict="up")
    body = {"decision": "accepted", "type": "numeric", "must_contain": ["27"]}
    company.ok("PUT", f"/v1/feedback/{answer_id}/review", key=reviewer, json=body)
    feedback = _feedback_of(company, answer_id)["feedback"]
    assert (feedback["state"], feedback["reviewed_by"]) == ("accepted", _RITA)
    assert feedback["reviewed_at"] is not None
    case = feedback["case"]
    assert (case["type"], case["must_contain"]) == ("numeric", ["27"])
    assert [document["path"] for document in case["gold"]] == ["leave.md"]


def test_bad_answer_becomes_a_case_only_with_documents_or_without_an_answer(
    company: Company, reviewer: str
) -> None:
    answer_id = _ask(company)
    _judge(company, answer_id, reason="wrong", expected_answer="Thirty.")
    path = f"/v1/feedback/{answer_id}/review"
    problem = company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY, "PUT", path, key=reviewer, json={"decision": "accepted"}
    )
    assert problem["code"] == "case_without_gold"
    travel = company.document_id("travel.md")
    body = {"decision": "accepted", "gold": [travel]}
    case = company.ok("PUT", path, key=reviewer, json=body)["feedback"]["case"]
    assert [document["id"] for document in case["gold"]] == [travel]
    assert case["answer"] == "Thirty."
    body = {"decision": "accepted", "type": "unanswerable"}
    case = company.ok("PUT", path, key=reviewer, json=body)["feedback"]["case"]
    assert (case["type"], case["gold"]) == ("unanswerable", [])


def test_answer_that_nobody_judged_cannot_be_reviewed(company: Company) -> None:
    path = f"/v1/feedback/{_ask(company)}/review"
    problem = company.refused(
        HTTPStatus.NOT_FOUND, "PUT", path, json={"decision": "accepted", "type": "unanswerable"}
    )
    assert "Nobody has judged" in problem["detail"]


def test_feedback_is_listed_by_state_and_verdict_in_pages(company: Company) -> None:
    up, down = _ask(company), _ask(company)
    _judge(company, up, verdict="up")
    _judge(company, down)
    company.ok("PUT", f"/v1/feedback/{down}/review", json={"decision": "dismissed"})

    def ids(query: str) -> list[str]:
        return [a["id"] for a in company.ok("GET", f"/v1/feedback?limit=1000&{query}")["answers"]]

    assert up in ids("state=open")
    assert down not in ids("state=open")
    assert down in ids("state=dismissed&verdict=down")
    assert down not in ids("verdict=up")
    given_at = company.ok("GET", f"/v1/answers/{down}")["feedback"]["given_at"]
    assert ids(f"since={given_at}") == [down]
    page = company.ok("GET", "/v1/feedback?limit=1&offset=1")
    assert page["total"] >= 2
    assert [answer["id"] for answer in page["answers"]] == [ids("")[1]]


@pytest.mark.parametrize(
    "feedback",
    [
        {},
        {"verdict": "sideways"},
        {"verdict": "up", "comment": "x" * 2001},
        {"verdict": "up", "reason": "because"},
        {"verdict": "up", "stars": 5},
    ],
)
def test_feedback_that_is_none_is_refused(company: Company, feedback: dict[str, Any]) -> None:
    path = f"/v1/answers/{ANY_ID}/feedback"
    company.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "PUT", path, json=feedback)
