"""Follow-ups rewritten by a model behind a real endpoint, and by rules where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from pydantic import AnyHttpUrl, SecretStr
from structlog.testing import capture_logs

from core.settings import QuestionSettings, RewriterSettings
from retrieval.questions.contract import (
    RewriterMisconfigured,
    Turn,
    UnknownRewriter,
    load_rewriter,
)
from retrieval.questions.rewriting import DEGRADED_REWRITE, RewriteStage
from retrieval.questions.understanding import Plan, QuestionUnderstanding
from tests.integration.server_process import running_process

HISTORY = [
    Turn(role="user", text="Who is the data protection officer?"),
    Turn(role="assistant", text="Hanneke Brouwer."),
]
QUESTION = "How do I reach her?"
BY_RULES = "Who is the data protection officer? How do I reach her?"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running_process("tests.integration.retrieval.model_process") as port:
        yield port


def _settings(port: int, model: str, **values: Any) -> RewriterSettings:
    return RewriterSettings(
        provider="openai_like",
        url=AnyHttpUrl(f"http://127.0.0.1:{port}/v1"),
        model=model,
        api_key=SecretStr("hunter2"),
        **{"timeout_s": 30.0, **values},
    )


@contextmanager
def _understanding(settings: RewriterSettings) -> Iterator[QuestionUnderstanding]:
    rewriter = load_rewriter(settings)
    assert rewriter is not None
    stage = RewriteStage(rewriter, settings=settings)
    yield QuestionUnderstanding(QuestionSettings(rewriter=settings), rewriter=stage)
    stage.close()


def _plan(port: int, model: str, **values: Any) -> Plan:
    with _understanding(_settings(port, model, **values)) as understanding:
        return understanding.plan(QUESTION, history=HISTORY, source_names={})


def _asked(port: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(
        f"http://127.0.0.1:{port}/asked", trust_env=False
    ).json()
    return found


def test_models_question_is_searched_for(port: int) -> None:
    plan = _plan(port, "good")
    assert plan.queries == ("How do I reach Hanneke Brouwer, the data protection officer?",)
    assert plan.degraded == ()


def test_model_is_sent_the_conversation_with_the_key(port: int) -> None:
    _plan(port, "good")
    request = _asked(port)[-1]
    assert request["key"] == "Bearer hunter2"
    said = request["body"]["messages"][-1]["content"]
    assert all(text in said for text in (HISTORY[0].text, HISTORY[1].text, QUESTION))
    assert request["body"]["temperature"] == 0


def test_quotation_marks_around_the_reply_are_dropped(port: int) -> None:
    assert _plan(port, "quoting").queries == ("How do I reach Hanneke Brouwer?",)


@pytest.mark.parametrize("model", ["500", "429", "401", "404", "chatty", "mute", "endless"])
def test_model_that_fails_leaves_the_question_to_the_rules_and_says_so(
    port: int, model: str
) -> None:
    with capture_logs() as logs:
        plan = _plan(port, model)
    assert plan.understood.question == BY_RULES
    assert plan.degraded == (DEGRADED_REWRITE,)
    assert logs
    assert "Brouwer" not in str(logs)
    assert "hunter2" not in str(logs)


def test_model_that_is_late_leaves_the_question_to_the_rules(port: int) -> None:
    plan = _plan(port, "slow", timeout_s=0.2)
    assert plan.understood.question == BY_RULES
    assert plan.degraded == (DEGRADED_REWRITE,)


def test_model_that_keeps_failing_is_left_alone(port: int) -> None:
    before = len(_asked(port))
    with _understanding(_settings(port, "500", failures_to_open=2)) as understanding:
        for _ in range(5):
            plan = understanding.plan(QUESTION, history=HISTORY, source_names={})
            assert plan.degraded == (DEGRADED_REWRITE,)
    assert len(_asked(port)) == before + 2


def test_question_without_a_conversation_asks_no_model(port: int) -> None:
    before = len(_asked(port))
    with _understanding(_settings(port, "good")) as understanding:
        plan = understanding.plan(QUESTION, history=[], source_names={})
    assert plan.queries == (QUESTION,)
    assert len(_asked(port)) == before


def test_missing_setting_is_named() -> None:
    with pytest.raises(RewriterMisconfigured, match="VOUCH_QUESTIONS__REWRITER__URL"):
        load_rewriter(RewriterSettings(provider="openai_like"))


def test_unknown_provider_is_named() -> None:
    with pytest.raises(UnknownRewriter, match="'nobody'"):
        load_rewriter(RewriterSettings(provider="nobody"))
    assert load_rewriter(RewriterSettings()) is None
