"""Vouch as the query engine of LlamaIndex programs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.chat_engine import CondenseQuestionChatEngine
from llama_index.core.llms import ChatMessage, MockLLM
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import QueryEngineTool
from llama_index.core.vector_stores import MetadataFilter, MetadataFilters

from tests.integration.serving.conftest import SECRET_WORDS
from tests.integration.vouch.client.conftest import ANA, HANA, Handbook
from vouch.client import ApiProblem, NoServer, VouchQueryEngine

QUESTION = "How many days of annual leave do full-time employees receive?"
SENTENCE = "Full-time employees receive 27 days of paid annual leave."
SALARY = "How high is the zanzibar bonus for engineers in band seven?"
ABSTENTION = "I found no passage that answers this"


def ask(handbook: Handbook, question: str, *, user: str = ANA, **options: Any) -> Response:
    response = handbook.query_engine(user, **options).query(question)
    assert isinstance(response, Response)
    return response


def test_answer_has_markers_quotes_and_verdicts(handbook: Handbook) -> None:
    response = ask(handbook, QUESTION)
    assert str(response) == f"{SENTENCE} [1]"
    (quote,) = response.source_nodes
    assert (quote.text, quote.metadata["marker"]) == (SENTENCE, 1)
    assert (quote.metadata["path"], quote.score) == ("leave.md", None)
    assert response.metadata is not None
    assert response.metadata["abstained"] is False
    (claim,) = response.metadata["claims"]
    assert claim["verdict"] == "supported"
    assert claim["citations"][0]["quote"] == SENTENCE
    with handbook.client() as client:
        text = client.get(f"/v1/documents/{quote.metadata['document_id']}")["text"]
        client.put(f"/v1/answers/{response.metadata['id']}/feedback", {"verdict": "up"})
    assert text[quote.metadata["start"] : quote.metadata["end"]] == SENTENCE


def test_each_principal_is_answered_from_what_it_may_read(handbook: Handbook) -> None:
    handbook.model.behave("discerning")
    assert "9,400 euros" in str(ask(handbook, SALARY, user=HANA))
    refused = ask(handbook, SALARY.replace("zanzibar ", ""))
    told = f"{refused} {refused.source_nodes} {refused.metadata}"
    assert not [word for word in SECRET_WORDS if word in told]


def test_abstention_is_text_without_sources(handbook: Handbook) -> None:
    handbook.model.behave("abstaining")
    question = "Is there a swimming pool on the roof?"
    for streaming in (False, True):
        response = handbook.query_engine(streaming=streaming).query(question)
        assert str(response).startswith(ABSTENTION)
        assert response.source_nodes == []
        assert response.metadata is not None
        assert response.metadata["abstained"] is True
        assert response.metadata["searched"]["nearest"]


def test_agents_call_it_as_a_tool(handbook: Handbook) -> None:
    tool = QueryEngineTool.from_defaults(handbook.query_engine(), name="handbook")
    output = tool.call(QUESTION)
    assert output.content == f"{SENTENCE} [1]"
    assert output.raw_output.metadata["claims"][0]["verdict"] == "supported"
    assert asyncio.run(tool.acall(input=QUESTION)).content == output.content


def test_sentence_comes_checked_while_the_model_still_writes(handbook: Handbook) -> None:
    handbook.model.behave("waiting")
    response = handbook.query_engine(streaming=True).query(QUESTION)
    assert isinstance(response, StreamingResponse)
    assert next(response.response_gen) == f"{SENTENCE} [1]"
    assert response.metadata is not None
    assert [claim["verdict"] for claim in response.metadata["claims"]] == ["supported"]
    assert [quote.text for quote in response.source_nodes] == [SENTENCE]
    # Until now the model has not been allowed to end.
    handbook.model.go_on()
    assert "".join(response.response_gen)
    assert response.metadata["status"] == "answered"


def test_sentence_comes_to_the_event_loop_while_the_model_still_writes(handbook: Handbook) -> None:
    async def read() -> tuple[str, AsyncStreamingResponse]:
        response = await handbook.query_engine(streaming=True).aquery(QUESTION)
        assert isinstance(response, AsyncStreamingResponse)
        texts = response.async_response_gen()
        first = await anext(texts)
        handbook.model.go_on()
        return first + "".join([text async for text in texts]), response

    handbook.model.behave("waiting")
    text, response = asyncio.run(read())
    assert text.startswith(f"{SENTENCE} [1]\n")
    assert response.metadata is not None
    assert text == "\n".join(f"{claim['text']} [1]" for claim in response.metadata["claims"])


def test_event_loop_goes_on_while_an_answer_is_waited_for(handbook: Handbook) -> None:
    async def read() -> str:
        asked = len(handbook.model.asked())
        answer = asyncio.create_task(handbook.query_engine().aquery(QUESTION))
        while len(handbook.model.asked()) == asked:
            await asyncio.sleep(0.02)
        # The answer waits for this word: it would never come if asking blocked the loop.
        handbook.model.go_on()
        return str(await answer)

    handbook.model.behave("waiting")
    assert asyncio.run(read()).startswith(f"{SENTENCE} [1]\n")


@pytest.mark.parametrize(
    ("script", "options"),
    [
        ("honest", {}),
        ("waiting", {}),
        ("citing-everything", {"unsupported": "mark"}),
        ("breaking-off", {}),
        ("unsupported", {}),
    ],
)
def test_stream_adds_up_to_the_whole_answer(
    handbook: Handbook, script: str, options: dict[str, str]
) -> None:
    handbook.model.behave(script)
    handbook.model.go_on()
    whole = ask(handbook, QUESTION, **options)
    streamed = handbook.query_engine(streaming=True, **options).query(QUESTION)
    assert str(streamed) == str(whole)
    assert [quote.to_dict() for quote in streamed.source_nodes] == [
        quote.to_dict() for quote in whole.source_nodes
    ]
    told, expected = dict(streamed.metadata or {}), dict(whole.metadata or {})
    for its_own in ("id", "timings_s"):
        assert told.pop(its_own) != expected.pop(its_own)
    assert told == expected
    assert whole.source_nodes or expected["abstained"]


def test_unsupported_sentence_is_marked_where_it_is_wanted(handbook: Handbook) -> None:
    handbook.model.behave("inventing")
    response = ask(handbook, QUESTION, unsupported="mark")
    assert response.metadata is not None
    verdict = response.metadata["claims"][0]["verdict"]
    assert verdict != "supported"
    assert f" [{verdict}]" in str(response)


def test_unsupported_sentence_is_an_error_where_that_is_wanted(handbook: Handbook) -> None:
    handbook.model.behave("inventing")
    with pytest.raises(ApiProblem, match="`drop`"):
        ask(handbook, QUESTION, unsupported="fail")
    streamed = handbook.query_engine(streaming=True, unsupported="fail").query(QUESTION)
    with pytest.raises(ApiProblem, match="`drop`"):
        str(streamed)


def test_response_that_nobody_reads_on_stops_the_model(handbook: Handbook) -> None:
    handbook.model.behave("waiting")
    hung_up = len(handbook.model.hung_up())
    response = handbook.query_engine(streaming=True).query(QUESTION)
    assert isinstance(response, StreamingResponse)
    assert next(response.response_gen)
    del response
    handbook.model.wait_until_hung_up(hung_up + 1)


def test_filters_and_assistant_are_the_answers(handbook: Handbook) -> None:
    travel = MetadataFilters(filters=[MetadataFilter(key="path_prefix", value="travel")])
    response = ask(handbook, "What do hotels cost?", filters=travel)
    assert {quote.metadata["path"] for quote in response.source_nodes} == {"travel.md"}
    with pytest.raises(ApiProblem) as refused:
        ask(handbook, QUESTION, assistant="nobody")
    assert refused.value.problem["status"] == 404


def test_chat_engine_asks_and_streams(handbook: Handbook) -> None:
    def chat(engine: VouchQueryEngine) -> CondenseQuestionChatEngine:
        # The default one leaves its database open.
        return CondenseQuestionChatEngine.from_defaults(
            engine, llm=MockLLM(), memory_cls=ChatMemoryBuffer
        )

    whole = chat(handbook.query_engine())
    assert str(whole.chat(QUESTION)) == f"{SENTENCE} [1]"
    assert [message.content for message in whole.chat_history] == [QUESTION, f"{SENTENCE} [1]"]
    streamed = chat(handbook.query_engine(streaming=True)).stream_chat(QUESTION)
    assert "".join(streamed.response_gen).strip() == f"{SENTENCE} [1]"


def test_follow_up_is_understood_from_the_history(handbook: Handbook) -> None:
    history = [
        ChatMessage(role="system", content="Answer briefly."),
        ChatMessage(role="user", content=QUESTION),
        ChatMessage(role="assistant", content=f"{SENTENCE} [1]"),
    ]
    response = ask(handbook, "And part-time employees?", history=history)
    assert response.metadata is not None
    searched = response.metadata["searched"]["question"]
    assert "annual leave" in searched
    assert "part-time" in searched


def test_refusals_come_before_a_stream_begins(handbook: Handbook) -> None:
    stranger = VouchQueryEngine(handbook.server.url, api_key="vouch_nope", streaming=True)
    with pytest.raises(ApiProblem) as refused:
        stranger.query(QUESTION)
    assert refused.value.problem["status"] == 401
    with pytest.raises(ApiProblem) as refused:
        asyncio.run(stranger.aquery(QUESTION))
    assert refused.value.problem["status"] == 401
    lost = VouchQueryEngine("http://127.0.0.1:9", api_key="vouch_nope", streaming=True)
    with pytest.raises(NoServer):
        lost.query(QUESTION)
    with pytest.raises(NoServer):
        asyncio.run(lost.aquery(QUESTION))
