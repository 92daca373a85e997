"""The clients that programs use, unchanged, against a running Vouch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike
from pydantic import SecretStr

from tests.integration.serving.conftest import Company

QUESTION = "How many days of annual leave do full-time employees receive?"
ANSWER = "Full-time employees receive 27 days of paid annual leave. [1]"
ANA = "ana@acme.test"


@pytest.fixture
def key(company: Company) -> str:
    return company.key("reader", ANA)


@pytest.fixture
def client(company: Company, key: str) -> Iterator[openai.OpenAI]:
    # The environment's proxies are not for a server on this machine.
    http = httpx.Client(trust_env=False)
    with openai.OpenAI(base_url=f"{company.vouch.url}/v1", api_key=key, http_client=http) as made:
        yield made


def test_openai_client_gets_a_typed_answer_with_annotations(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="vouch",
        messages=[
            {"role": "system", "content": "Answer briefly."},
            {"role": "user", "content": QUESTION},
        ],
        temperature=0,
        max_tokens=5,
    )
    (choice,) = completion.choices
    assert choice.finish_reason == "stop"
    assert choice.message.content is not None
    assert choice.message.content.startswith(ANSWER)
    assert choice.message.annotations
    citation = choice.message.annotations[0].url_citation
    assert choice.message.content[citation.start_index : citation.end_index] == "[1]"
    assert citation.title == "Leave policy"
    assert completion.usage is not None
    assert completion.model_extra is not None
    assert completion.model_extra["vouch"]["claims"][0]["verdict"] == "supported"


def test_openai_client_reads_the_stream_to_its_end(client: openai.OpenAI) -> None:
    text, usage, finished = "", None, []
    annotations: list[Any] = []
    with client.chat.completions.create(
        model="vouch",
        messages=[{"role": "user", "content": QUESTION}],
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        for chunk in stream:
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += choice.delta.content or ""
                annotations += getattr(choice.delta, "annotations", [])
                finished.append(choice.finish_reason)
    assert text.startswith(ANSWER)
    assert {each["url_citation"]["title"] for each in annotations} == {"Leave policy"}
    assert finished[-1] == "stop"
    assert set(finished[:-1]) == {None}
    assert usage is not None
    assert usage.total_tokens == 0


def test_openai_clients_own_accumulator_gives_the_same_message(client: openai.OpenAI) -> None:
    messages: Any = [{"role": "user", "content": QUESTION}]
    with client.chat.completions.stream(model="vouch", messages=messages) as stream:
        for _ in stream:
            pass
        streamed = stream.get_final_completion().choices[0].message
    whole = client.chat.completions.create(model="vouch", messages=messages).choices[0].message
    assert streamed.content == whole.content
    assert streamed.annotations == whole.annotations


def test_openai_async_client_streams_several_answers_at_once(company: Company, key: str) -> None:
    async def ask(client: openai.AsyncOpenAI) -> str:
        stream = await client.chat.completions.create(
            model="vouch", messages=[{"role": "user", "content": QUESTION}], stream=True
        )
        return "".join(
            [choice.delta.content or "" async for chunk in stream for choice in chunk.choices]
        )

    async def ask_all() -> list[str]:
        http = httpx.AsyncClient(trust_env=False)
        async with openai.AsyncOpenAI(
            base_url=f"{company.vouch.url}/v1", api_key=key, http_client=http
        ) as client:
            return await asyncio.gather(*(ask(client) for _ in range(3)))

    texts = asyncio.run(ask_all())
    assert len(set(texts)) == 1
    assert texts[0].startswith(ANSWER)


def test_openai_client_lists_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["vouch"]
    assert client.models.retrieve("vouch").object == "model"


def test_openai_client_raises_the_error_that_fits(client: openai.OpenAI, company: Company) -> None:
    question: Any = [{"role": "user", "content": QUESTION}]
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4o", messages=question)
    assert missing.value.code == "model_not_found"
    assert missing.value.request_id
    with pytest.raises(openai.BadRequestError) as unfit:
        client.chat.completions.create(model="vouch", messages=question, n=3)
    assert unfit.value.param == "n"
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="vouch_nope").models.list()
    with pytest.raises(openai.PermissionDeniedError):
        client.with_options(default_headers={"X-Vouch-User": "hana@acme.test"}).models.list()


@pytest.mark.parametrize("stream", [False, True])
def test_openai_client_tries_again_when_too_many_ask_at_once(
    client: openai.OpenAI, company: Company, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    runner = company.vouch.embedded.services.runner
    monkeypatch.setattr(runner, "_max_concurrent", 0)
    calls = []

    def made_room(response: httpx.Response) -> None:
        calls.append(response.status_code)
        monkeypatch.undo()

    client._client.event_hooks["response"] = [made_room]
    monkeypatch.setattr("serving.answer.runner._RETRY_AFTER_S", 0.01)
    answer = client.chat.completions.create(
        model="vouch", messages=[{"role": "user", "content": QUESTION}], stream=stream
    )
    if not isinstance(answer, openai.Stream):
        assert answer.choices[0].message.content
    assert calls == [HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.OK]


def test_openai_client_raises_an_error_in_the_middle_of_a_stream(
    client: openai.OpenAI, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("broken")

    monkeypatch.setattr(company.vouch.embedded.services.runner._service._verifier, "verify", fail)
    with pytest.raises(openai.APIError, match="unexpected way"):
        list(
            client.chat.completions.create(
                model="vouch", messages=[{"role": "user", "content": QUESTION}], stream=True
            )
        )


def test_llama_index_asks_and_streams(company: Company, key: str) -> None:
    model = OpenAILike(
        model="vouch",
        api_base=f"{company.vouch.url}/v1",
        api_key=key,
        is_chat_model=True,
        http_client=httpx.Client(trust_env=False),
    )
    history = [
        ChatMessage(role="system", content="Answer briefly."),
        ChatMessage(role="user", content=QUESTION),
    ]
    assert str(model.chat(history).message.content).startswith(ANSWER)
    pieces = [piece.delta for piece in model.stream_chat(history)]
    assert len([piece for piece in pieces if piece]) > 1
    assert "".join(piece or "" for piece in pieces).startswith(ANSWER)


def test_langchain_asks_follows_up_and_streams(company: Company, key: str) -> None:
    model = ChatOpenAI(
        model="vouch",
        base_url=f"{company.vouch.url}/v1",
        api_key=SecretStr(key),
        http_client=httpx.Client(trust_env=False),
    )
    history = [SystemMessage("Answer briefly."), HumanMessage(QUESTION)]
    first = model.invoke(history)
    assert isinstance(first, AIMessage)
    assert first.text.startswith(ANSWER)
    assert first.response_metadata["finish_reason"] == "stop"
    second = model.invoke([*history, first, HumanMessage("And part-time employees?")])
    assert "share of it" in second.text
    streamed = "".join(chunk.text for chunk in model.stream(history))
    assert streamed == first.text
