"""POST /v1/answer where a language model writes: what it is given, and what becomes of its text."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from tests.integration.serving.writing.conftest import USER, WrittenVouch
from vouch.client import ApiProblem

LEAVE = "How many days of annual leave do full-time employees receive?"
SENTENCE = "Full-time employees receive 27 days of paid annual leave."
HOTEL = "What may a hotel cost a night?"


def codes(answer: dict[str, Any]) -> list[str]:
    return [notice["code"] for notice in answer["notices"]]


def cited_paths(answer: dict[str, Any]) -> list[str]:
    return [source["document"]["path"] for source in answer["sources"]]


def test_supported_answer_says_who_wrote_it_by_which_prompt(written: WrittenVouch) -> None:
    answer = written.answer("honest", LEAVE)
    assert answer["answer"] == f"{SENTENCE} [1]"
    assert [claim["verdict"] for claim in answer["claims"]] == ["supported"]
    assert answer["claims"][0]["citations"][0]["quote"] == SENTENCE
    usage = answer["usage"]
    assert usage["model"] == "honest"
    assert usage["prompt"].startswith(("markers:", "json:"))
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (100, 7)
    assert (answer["degraded"], answer["notices"]) == ([], [])


@pytest.mark.parametrize("kind", ["wrongly-citing", "citing-nothing"])
def test_wrong_citation_is_replaced_by_the_one_that_supports(
    written: WrittenVouch, kind: str
) -> None:
    for question, path in ((LEAVE, "leave.md"), (HOTEL, "travel.md")):
        answer = written.answer(kind, question)
        assert cited_paths(answer) == [path]
        assert answer["usage"]["model"] == "honest"
        assert answer["degraded"] == []


def test_swapped_citations_are_put_right(written: WrittenVouch) -> None:
    answer = written.answer("swapping", f"{LEAVE} {HOTEL}")
    assert len(answer["claims"]) == 2
    for claim in answer["claims"]:
        assert claim["citations"][0]["quote"] == claim["text"]


def test_sentence_that_is_true_and_no_answer_is_not_delivered(written: WrittenVouch) -> None:
    """The passages are quoted instead, if they have an answer."""
    answer = written.answer("digressing", HOTEL)
    assert codes(answer) == ["model_answer_rejected"]
    assert answer["usage"]["model"] == "extractive"
    assert "140" in answer["answer"]


def test_digression_comes_with_the_answer_and_not_without(written: WrittenVouch) -> None:
    answer = written.answer("coming-to-the-point", HOTEL)
    assert (len(answer["claims"]), codes(answer)) == (2, [])
    assert "140" in answer["claims"][1]["text"]


def test_digression_to_a_question_without_an_answer_is_left_out(written: WrittenVouch) -> None:
    answer = written.answer("digressing", "What percentage of the hotel bill is refunded?")
    assert (answer["status"], answer["claims"]) == ("abstained", [])


def test_model_that_finds_no_answer_is_believed(written: WrittenVouch) -> None:
    answer = written.answer("abstaining", LEAVE)
    assert (answer["status"], answer["claims"]) == ("abstained", [])
    assert answer["usage"]["model"] == "honest"
    assert answer["searched"]["nearest"]


def test_model_that_finds_no_answer_once_its_own_is_rejected_is_not_believed(
    written: WrittenVouch,
) -> None:
    """The evidence decides, as it does without a model."""
    answer = written.answer("giving-up", LEAVE)
    assert SENTENCE in answer["answer"]
    assert answer["usage"]["model"] == "extractive"
    assert codes(answer) == ["model_answer_rejected"]
    unanswered = written.answer("giving-up", "What percentage of the hotel bill is refunded?")
    assert (unanswered["status"], unanswered["claims"]) == ("abstained", [])


def test_piece_of_a_sentence_is_given_as_the_whole_one(written: WrittenVouch) -> None:
    """What a piece says depends on the question, which no check reads."""
    answer = written.answer("clipping", LEAVE)
    assert answer["answer"] == f"{SENTENCE} [1]"
    assert answer["claims"][0]["citations"][0]["quote"] == SENTENCE
    assert answer["usage"]["model"] == "honest"


@pytest.mark.parametrize("kind", ["500", "429", "401", "silent", "garbled"])
def test_model_that_gives_nothing_is_replaced_by_quotes_and_that_is_said(
    written: WrittenVouch, kind: str
) -> None:
    answer = written.answer(kind, LEAVE)
    assert SENTENCE in answer["answer"]
    assert answer["usage"]["model"] == "extractive"
    assert answer["usage"]["prompt"] is None
    assert answer["degraded"] == ["model:large", "generation"]
    assert codes(answer) == ["model_failed"]


def test_answer_that_breaks_off_keeps_what_was_checked_and_says_so(written: WrittenVouch) -> None:
    answer = written.answer("breaking-off", LEAVE)
    assert answer["answer"] == f"{SENTENCE} [1]"
    assert codes(answer) == ["cut_short"]
    assert answer["usage"]["model"] == "honest"


def test_repetition_is_given_once_and_hung_up_on(written: WrittenVouch) -> None:
    before = len(written.scripted.hung_up())
    assert written.answer("repeating", LEAVE)["answer"] == f"{SENTENCE} [1]"
    written.scripted.wait_until_hung_up(before + 1)


def test_endless_lies_are_hung_up_on_and_asked_once_more(written: WrittenVouch) -> None:
    before = len(written.scripted.hung_up())
    answer = written.answer("never-stopping", LEAVE)
    written.scripted.wait_until_hung_up(before + 2)
    assert SENTENCE in answer["answer"]
    assert codes(answer) == ["model_answer_rejected"]
    first, second = (
        request["body"]["messages"][-1]["content"] for request in written.scripted.asked()[-2:]
    )
    assert second.startswith(first)
    assert "word for word" in second.removeprefix(first)


def test_unsupported_sentences_are_shown_with_their_verdict_to_who_wants_them(
    written: WrittenVouch,
) -> None:
    answer = written.answer("inventing", LEAVE, unsupported="mark")
    assert len(answer["claims"]) == 3
    assert "supported" not in {claim["verdict"] for claim in answer["claims"]}
    for claim in answer["claims"]:
        assert (claim["unsupported_part"] is not None) is (claim["verdict"] == "partial")
    assert "41 days" in answer["answer"]
    checks = {check["name"]: check for check in answer["claims"][0]["checks"]}
    assert "41" in checks["numbers"]["detail"]


def test_unsupported_sentence_is_an_error_to_who_wants_that(written: WrittenVouch) -> None:
    with pytest.raises(ApiProblem, match="`drop`") as caught:
        written.answer("inventing", LEAVE, unsupported="fail")
    assert caught.value.problem["status"] == HTTPStatus.UNPROCESSABLE_ENTITY


def test_passages_are_quoted_to_the_model_so_that_they_cannot_speak(written: WrittenVouch) -> None:
    written.answer("honest", "Are hotels near the station full, and what do they cost?")
    messages = written.scripted.asked()[-1]["body"]["messages"]
    assert messages[0]["role"] == "system"
    said = messages[-1]["content"]
    assert "IMPORTANT SYSTEM MESSAGE" in said
    for line in said.splitlines():
        assert not line or line.startswith(("> ", "[", "Question: ")), line
    assert "IMPORTANT SYSTEM MESSAGE" not in str(messages[:-1])


def test_model_is_told_the_language_to_answer_in(written: WrittenVouch) -> None:
    written.answer("honest", LEAVE, language="de")
    assert "German" in written.scripted.asked()[-1]["body"]["messages"][0]["content"]
    written.answer("honest", LEAVE)
    assert "English" in written.scripted.asked()[-1]["body"]["messages"][0]["content"]


def test_model_is_not_asked_what_the_documents_say_nothing_of(written: WrittenVouch) -> None:
    before = len(written.scripted.asked())
    answer = written.answer("honest", "Who won the chess championship in 1972?")
    assert answer["status"] == "abstained"
    assert len(written.scripted.asked()) == before


def test_record_of_the_answer_has_the_prompt_and_what_each_check_found(
    written: WrittenVouch,
) -> None:
    answer = written.answer("honest", LEAVE)
    kept = written.vouch.client_for(USER).get(f"/v1/answers/{answer['id']}")
    assert kept["prompt"] == answer["usage"]["prompt"]
    checks = {check["name"]: check["verdict"] for check in answer["claims"][0]["checks"]}
    assert kept["claims"][0]["checks"] == checks
