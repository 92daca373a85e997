"""What the OpenAI-like client adds to the contract: usage, schemas, clear errors, hanging up."""

from __future__ import annotations

import threading
import time

import pytest
from pydantic import AnyHttpUrl

from core.errors import VouchError
from core.language_models.contract import (
    Message,
    ModelMisconfigured,
    ModelUnavailable,
    NoUsableReply,
    TextStream,
    Usage,
)
from core.language_models.loading import load_chat_model
from core.settings import EndpointSettings
from tests.integration.language_models.scripted_model import ScriptedModel

MATERIAL = "[1] Leave\n> Staff have 27 days of leave in a year.\n\nQuestion: How much leave?"
SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}


def _stream(
    scripted: ScriptedModel,
    kind: str,
    *,
    timeout_s: float = 30.0,
    json_schema: dict[str, object] | None = None,
) -> TextStream:
    return scripted.model(kind, timeout_s=timeout_s).stream(
        [Message(role="user", content=MATERIAL)],
        max_tokens=100,
        timeout_s=timeout_s,
        json_schema=json_schema,
    )


def _read(stream: TextStream) -> tuple[str, VouchError | None]:
    """What was said, and what it failed with."""
    said = ""
    try:
        for piece in stream:
            said += piece
    except VouchError as error:
        return said, error
    return said, None


def test_usage_is_there_at_the_end(scripted: ScriptedModel) -> None:
    stream = _stream(scripted, "honest")
    assert stream.usage is None
    assert _read(stream)[1] is None
    assert stream.usage == Usage(prompt_tokens=100, completion_tokens=7)


def test_request_has_key_limit_and_schema(scripted: ScriptedModel) -> None:
    _read(_stream(scripted, "honest", json_schema=SCHEMA))
    asked = scripted.asked()[-1]
    assert asked["key"] == "Bearer hunter2"
    body = asked["body"]
    assert (body["max_tokens"], body["temperature"], body["stream"]) == (100, 0.0, True)
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA


def test_server_without_schemas_is_asked_without_one_from_then_on(scripted: ScriptedModel) -> None:
    model = scripted.model("schemaless")
    before = len(scripted.asked())
    for _ in range(2):
        stream = model.stream(
            [Message(role="user", content=MATERIAL)],
            max_tokens=100,
            timeout_s=30,
            json_schema=SCHEMA,
        )
        assert _read(stream)[0].startswith("Staff have 27 days")
    sent = ["response_format" in asked["body"] for asked in scripted.asked()[before:]]
    assert sent == [True, False, False]


@pytest.mark.parametrize("kind", ["breaking-off", "mute"])
def test_reply_without_an_end_broke_off_after_what_was_said(
    scripted: ScriptedModel, kind: str
) -> None:
    said, error = _read(_stream(scripted, kind))
    assert said.startswith("Staff have 27 days")
    assert isinstance(error, ModelUnavailable)
    assert "broke off" in error.detail


def test_garbled_reply_is_named_so(scripted: ScriptedModel) -> None:
    _, error = _read(_stream(scripted, "garbled"))
    assert isinstance(error, ModelUnavailable)
    assert "does not speak the protocol" in error.detail


@pytest.mark.parametrize("kind", ["silent", "stalling"])
def test_server_that_says_nothing_for_too_long_is_unavailable(
    scripted: ScriptedModel, kind: str
) -> None:
    _, error = _read(_stream(scripted, kind, timeout_s=0.3))
    assert isinstance(error, ModelUnavailable)


@pytest.mark.parametrize("kind", ["400", "413", "422"])
def test_refused_text_is_no_fault_of_the_server(scripted: ScriptedModel, kind: str) -> None:
    assert isinstance(_read(_stream(scripted, kind))[1], NoUsableReply)


@pytest.mark.parametrize("kind", ["401", "403", "404"])
def test_refused_key_or_address_names_the_settings(scripted: ScriptedModel, kind: str) -> None:
    _, error = _read(_stream(scripted, kind))
    assert isinstance(error, ModelMisconfigured)
    assert "VOUCH_MODELS__LARGE__API_KEY" in error.detail
    assert "hunter2" not in error.detail


def test_server_says_how_long_to_leave_it_alone(scripted: ScriptedModel) -> None:
    _, error = _read(_stream(scripted, "429+30"))
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after_s == 30


def test_address_where_nothing_answers_is_named() -> None:
    settings = EndpointSettings(url=AnyHttpUrl("http://127.0.0.1:9/v1"), model="m")
    model = load_chat_model(settings, settings="VOUCH_MODELS__SMALL__")
    _, error = _read(model.stream([Message(role="user", content="?")], max_tokens=9, timeout_s=10))
    assert isinstance(error, ModelUnavailable)
    assert "VOUCH_MODELS__SMALL__URL" in error.detail


@pytest.mark.parametrize("kind", ["silent", "stalling", "never-stopping"])
def test_hanging_up_ends_what_another_thread_waits_for(scripted: ScriptedModel, kind: str) -> None:
    before = len(scripted.hung_up())
    stream = _stream(scripted, kind)
    ended: list[tuple[str, VouchError | None]] = []
    reading = threading.Thread(target=lambda: ended.append(_read(stream)))
    reading.start()
    time.sleep(0.5)
    stream.close()
    reading.join(timeout=10)
    assert [error for _, error in ended] == [None]
    scripted.wait_until_hung_up(before + 1)
