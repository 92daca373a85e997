"""The contract of a chat model, held by every client over a real endpoint."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from core.language_models.contract import (
    ChatModel,
    Message,
    ModelUnavailable,
)
from core.language_models.loading import load_chat_model
from core.settings import EndpointSettings
from tests.integration.language_models.scripted_model import ScriptedModel

QUESTION = [
    Message(role="system", content="Answer."),
    Message(role="user", content="[1] Leave\n> Staff have 27 days of leave.\n\nQuestion: Leave?"),
]

Opened = Callable[[str], ChatModel]


@pytest.fixture(params=["openai_like", "llama_index"])
def opened(request: pytest.FixtureRequest, scripted: ScriptedModel) -> Opened:
    def open_model(kind: str) -> ChatModel:
        if request.param == "openai_like":
            return scripted.model(kind)
        settings = EndpointSettings(
            provider="llama_index",
            model="llama_index.llms.openai_like.OpenAILike",
            api_key=SecretStr("hunter2"),
            arguments={
                "model": kind,
                "api_base": scripted.url,
                "is_chat_model": True,
                "max_retries": 0,
            },
        )
        return load_chat_model(settings, settings="VOUCH_MODELS__LARGE__")

    return open_model


def _read(model: ChatModel) -> str:
    return "".join(model.stream(QUESTION, max_tokens=100, timeout_s=30))


def test_reply_comes_in_pieces_that_make_the_whole(opened: Opened) -> None:
    stream = opened("honest").stream(QUESTION, max_tokens=100, timeout_s=30)
    pieces = list(stream)
    assert all(pieces)
    assert len(pieces) > 1
    assert "".join(pieces).strip() == "Staff have 27 days of leave. [1]"


@pytest.mark.parametrize("kind", ["500", "429"])
def test_failing_endpoint_is_unavailable(opened: Opened, kind: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        _read(opened(kind))
    shown = f"{caught.value.detail} {caught.value.__cause__} {caught.value.__context__}"
    assert "27 days" not in shown
    assert "hunter2" not in shown


def test_closed_stream_ends_at_its_next_piece(opened: Opened, scripted: ScriptedModel) -> None:
    before = len(scripted.hung_up())
    stream = opened("never-stopping").stream(QUESTION, max_tokens=100, timeout_s=30)
    pieces = iter(stream)
    assert next(pieces)
    stream.close()
    for _ in pieces:
        pass
    scripted.wait_until_hung_up(before + 1)
