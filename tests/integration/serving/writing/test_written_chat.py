"""A chat completion that a model writes, whatever it writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from tests.integration.serving.writing.conftest import USER, WrittenVouch
from tests.integration.serving.writing.test_written_answers import LEAVE, SENTENCE


@pytest.fixture
def client(written: WrittenVouch) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{written.vouch.url}/v1",
        api_key=written.vouch.admin_key,
        default_headers={"X-Vouch-User": USER},
        http_client=httpx.Client(trust_env=False),
        max_retries=0,
    ) as made:
        yield made


def ask(client: openai.OpenAI, **options: Any) -> Any:
    return client.chat.completions.create(
        model=options.pop("model", "vouch"),
        messages=[{"role": "user", "content": LEAVE}],
        **options,
    )


def test_chat_says_what_the_model_wrote_and_what_it_cost(
    written: WrittenVouch, client: openai.OpenAI
) -> None:
    written.scripted.behave("honest")
    completion = ask(client)
    message = completion.choices[0].message
    assert message.content.startswith(f"{SENTENCE} [1]")
    assert message.annotations
    assert completion.usage.total_tokens > 0
    assert completion.model_extra["vouch"]["usage"]["prompt"]


def test_claim_reaches_the_client_while_the_model_still_writes(
    written: WrittenVouch, client: openai.OpenAI
) -> None:
    written.scripted.behave("waiting")
    with ask(client, stream=True, stream_options={"include_usage": True}) as stream:
        chunks = iter(stream)
        assert next(chunks).choices[0].delta.role == "assistant"
        assert next(chunks).choices[0].delta.content.startswith(SENTENCE)
        # Until now the model has not been allowed to end.
        written.scripted.go_on()
        rest = list(chunks)
    assert rest[-2].choices[0].finish_reason == "stop"
    assert rest[-1].usage.total_tokens > 0


def test_silence_is_filled_with_comments(written: WrittenVouch) -> None:
    written.scripted.behave("waiting")
    with httpx.stream(
        "POST",
        f"{written.vouch.url}/v1/chat/completions",
        json={
            "model": "vouch",
            "messages": [{"role": "user", "content": LEAVE}],
            "stream": True,
        },
        headers={"Authorization": f"Bearer {written.vouch.admin_key}", "X-Vouch-User": USER},
        timeout=60,
        trust_env=False,
    ) as response:
        lines = response.iter_lines()
        assert next(line for line in lines if line[:1] == ":" or "[DONE]" in line) == ": ping"
        written.scripted.go_on()
        assert [line for line in lines if line][-1] == "data: [DONE]"


def test_client_that_hangs_up_stops_the_model(written: WrittenVouch, client: openai.OpenAI) -> None:
    written.scripted.behave("waiting")
    before = len(written.scripted.hung_up())
    with ask(client, stream=True) as stream:
        next(chunk for chunk in stream if chunk.choices[0].delta.content)
    written.scripted.wait_until_hung_up(before + 1)


def test_reader_is_told_that_the_model_broke_off(
    written: WrittenVouch, client: openai.OpenAI
) -> None:
    written.scripted.behave("breaking-off")
    content = ask(client).choices[0].message.content
    assert content.startswith(SENTENCE)
    assert "> The language model stopped in the middle" in content


def test_assistant_decides_what_becomes_of_an_invention(
    written: WrittenVouch, client: openai.OpenAI
) -> None:
    owner = {"name": "People team", "contact": "people@acme.test"}
    for policy in ("mark", "fail"):
        written.vouch.admin.post(
            "/v1/assistants", {"name": policy, "owner": owner, "unsupported": policy}
        )
    try:
        written.scripted.behave("inventing")
        marked = ask(client, model="mark")
        assert "[unsupported]" in marked.choices[0].message.content
        verdicts = {claim["verdict"] for claim in marked.model_extra["vouch"]["claims"]}
        assert "unsupported" in verdicts
        with pytest.raises(openai.BadRequestError) as refused:
            ask(client, model="fail")
        assert refused.value.code == "answer_unsupported"
        with pytest.raises(openai.APIError, match="unsupported"):
            list(ask(client, model="fail", stream=True))
        assert "[unsupported]" not in ask(client).choices[0].message.content
    finally:
        for policy in ("mark", "fail"):
            written.vouch.admin.delete(f"/v1/assistants/{policy}")
