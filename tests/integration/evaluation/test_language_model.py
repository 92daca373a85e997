"""The contract of a language model, over a real endpoint."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict

from core.language_models.contract import ModelMisconfigured, ModelUnavailable, NoUsableReply
from core.settings import JudgeSettings
from evaluation.judge.contract import Case, GradedAnswer
from evaluation.judge.model_judge import ModelJudge
from evaluation.language_model.choice import load_model
from tests.integration.evaluation.conftest import ChatServer

CASE = Case(question="How many days?", reference="27 days", answer="It is 27 days a year.")


class Verdict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str
    verdict: str


def _judge(server: ChatServer, model: str) -> ModelJudge:
    return ModelJudge(load_model(server.settings(model)))


@pytest.mark.parametrize("model", ["good", "fenced"])
def test_verdict_is_what_the_model_says(chat_server: ChatServer, model: str) -> None:
    judge = _judge(chat_server, model)
    assert judge.grade(CASE) == GradedAnswer(grade="correct", reason="words")
    wrong = Case(question=CASE.question, reference="27 days", answer="It is 25 days.")
    assert judge.grade(wrong).grade == "incorrect"
    assert judge.entails("It is 27 days, they say.", "It is 27 days")
    assert not judge.entails("It is 27 days, they say.", "It is 25 days")


def test_request_has_the_key_the_schema_and_no_randomness(chat_server: ChatServer) -> None:
    _judge(chat_server, "good").grade(CASE)
    request = chat_server.asked()[-1]
    assert request["key"] == "Bearer hunter2"
    assert request["body"]["temperature"] == 0
    schema = request["body"]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["verdict"]["enum"] == ["correct", "partial", "incorrect", "missing"]
    assert list(schema["properties"]) == ["reason", "verdict"]
    assert schema["additionalProperties"] is False


def test_same_case_is_the_same_request_each_time(chat_server: ChatServer) -> None:
    judge = _judge(chat_server, "good")
    judge.grade(CASE)
    judge.grade(CASE)
    first, second = chat_server.asked()[-2:]
    assert first == second


@pytest.mark.parametrize("model", ["chatty", "talkative", "inexact", "mute", "400", "413", "422"])
def test_verdict_that_is_not_exactly_one_is_none(chat_server: ChatServer, model: str) -> None:
    with pytest.raises(NoUsableReply) as caught:
        _judge(chat_server, model).grade(CASE)
    assert "27 days" not in caught.value.detail


def test_server_without_schemas_is_asked_without_one_from_then_on(chat_server: ChatServer) -> None:
    judge = _judge(chat_server, "schemaless")
    before = len(chat_server.asked())
    assert judge.grade(CASE).grade == "correct"
    assert judge.grade(CASE).grade == "correct"
    sent = ["response_format" in request["body"] for request in chat_server.asked()[before:]]
    assert sent == [True, False, False]


def test_text_that_is_refused_leaves_the_schema_on(chat_server: ChatServer) -> None:
    judge = _judge(chat_server, "400")
    before = len(chat_server.asked())
    for _ in range(2):
        with pytest.raises(NoUsableReply):
            judge.grade(CASE)
    sent = ["response_format" in request["body"] for request in chat_server.asked()[before:]]
    assert sent == [True, False, True, False]


@pytest.mark.parametrize("model", ["500", "429"])
def test_endpoint_that_keeps_failing_is_unavailable_after_three_attempts(
    chat_server: ChatServer, model: str
) -> None:
    before = len(chat_server.asked())
    with pytest.raises(ModelUnavailable) as caught:
        _judge(chat_server, model).grade(CASE)
    assert len(chat_server.asked()) == before + 3
    assert "27 days" not in f"{caught.value.detail} {caught.value.__cause__}"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("model", ["401", "403", "404"])
def test_refused_key_or_address_is_for_the_operator(chat_server: ChatServer, model: str) -> None:
    with pytest.raises(ModelMisconfigured, match="VOUCH_JUDGE__URL") as caught:
        _judge(chat_server, model).grade(CASE)
    assert "hunter2" not in caught.value.detail


def test_endpoint_that_is_late_is_unavailable(chat_server: ChatServer) -> None:
    model = load_model(chat_server.settings("slow", timeout_s=0.2))
    with pytest.raises(ModelUnavailable, match="VOUCH_JUDGE__TIMEOUT_S"):
        model.ask("Judge.", material={"answer": "x"}, reply=Verdict)


@pytest.mark.parametrize("missing", ["url", "model"])
def test_missing_setting_is_named(chat_server: ChatServer, missing: str) -> None:
    settings = chat_server.settings("good").model_copy(update={missing: None})
    with pytest.raises(ModelMisconfigured, match=r"VOUCH_JUDGE__URL.*VOUCH_JUDGE__MODEL"):
        load_model(settings)
    assert JudgeSettings().url is None
