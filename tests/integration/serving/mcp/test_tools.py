"""The tools, with the official client in each way that it can connect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from tests.integration.serving.conftest import SECRET_WORDS, Company
from tests.integration.serving.mcp.clients import WAYS, connected, failure_of, text_of

ANA = "ana@acme.test"
HANA = "hana@acme.test"
QUESTION = "How many days of annual leave do full-time employees receive?"
BONUS = "What is the zanzibar bonus for engineers in band seven?"

pytestmark = pytest.mark.parametrize("way", WAYS)

Work = Callable[[Client], Awaitable[None]]


def run_as(company: Company, way: str, user: str, work: Work) -> None:
    async def run() -> Exception | None:
        async with connected(company.vouch, way, user=user) as client:
            try:
                await work(client)
            except Exception as error:  # noqa: BLE001  (out of the client's task groups)
                return error
        return None

    if (error := asyncio.run(run())) is not None:
        raise error


def assert_within(part: Any, whole: Any) -> None:
    """Every field of `part` stands in the same place of `whole`, with the same value."""
    if isinstance(part, dict):
        assert part.keys() <= whole.keys()
        for name, value in part.items():
            assert_within(value, whole[name])
    elif isinstance(part, list):
        assert len(part) == len(whole)
        for one, other in zip(part, whole, strict=True):
            assert_within(one, other)
    else:
        assert part == whole


def test_four_tools_are_listed_with_their_schemas_and_only_read(company: Company, way: str) -> None:
    async def work(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "answer", "get_document", "check"}
        for tool in tools.values():
            assert tool.description
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint is True
            assert tool.input_schema["type"] == "object"
            assert tool.input_schema["additionalProperties"] is False
            assert tool.output_schema is not None
            assert tool.output_schema["type"] == "object"
        assert set(tools["search"].input_schema["properties"]) == {"query", "top_k", "filters"}
        asked = {"question", "history", "assistant", "unsupported"}
        assert set(tools["answer"].input_schema["properties"]) == asked
        assert tools["answer"].input_schema["required"] == ["question"]
        checked = {"text", "passages", "document_ids"}
        assert set(tools["check"].input_schema["properties"]) == checked

    run_as(company, way, ANA, work)


def test_each_tool_gives_what_the_api_gives_and_says_it_in_words(
    company: Company, way: str
) -> None:
    document_id = company.document_id("leave.md")

    async def work(client: Client) -> None:
        await search(client)
        await answer(client)
        await get_document(client)
        await check(client)

    async def search(client: Client) -> None:
        body = {"query": QUESTION, "top_k": 2, "filters": {"path_prefix": "leave"}}
        result = await client.call_tool("search", body)
        found = company.ok("POST", "/v1/search", user=ANA, json=body)
        assert not result.is_error
        assert_within(result.structured_content, found)
        assert {hit["document"]["path"] for hit in found["hits"]} == {"leave.md"}
        assert "27 days of paid annual leave" in text_of(result)
        assert f"Leave policy (leave.md); document {document_id}; updated " in text_of(result)

    async def answer(client: Client) -> None:
        body = {"question": QUESTION, "unsupported": "mark"}
        result = await client.call_tool("answer", body)
        answered = company.ok("POST", "/v1/answer", user=ANA, json=body)
        assert isinstance(result.structured_content, dict)
        kept = company.ok("GET", f"/v1/answers/{result.structured_content.pop('id')}", user=ANA)
        assert kept["question"] == QUESTION
        assert_within(result.structured_content, answered)
        quote = "Full-time employees receive 27 days of paid annual leave."
        start = int(answered["claims"][0]["citations"][0]["start"])
        lines = text_of(result).splitlines()
        assert lines[0] == f"{quote} [1] (supported)"
        assert f"[1] Leave policy (leave.md); document {document_id}" in text_of(result)
        assert f"“{quote}” (characters {start}-{start + len(quote)}; " in text_of(result)

    async def get_document(client: Client) -> None:
        result = await client.call_tool("get_document", {"document_id": document_id})
        read = company.ok("GET", f"/v1/documents/{document_id}", user=ANA)
        assert isinstance(result.structured_content, dict)
        place = {
            name: result.structured_content.pop(name)
            for name in ("start", "end", "total_chars", "next_offset")
        }
        length = len(read["text"])
        assert place == {"start": 0, "end": length, "total_chars": length, "next_offset": None}
        assert_within(result.structured_content, read)
        assert {"title", "path", "updated_at", "text"} <= result.structured_content.keys()
        assert read["text"] in text_of(result)

    async def check(client: Client) -> None:
        body = {
            "text": "Staff receive 27 days of annual leave. Hotels cost at most 200 euros. [1]",
            "passages": [{"id": "travel", "text": "Hotels may cost up to 140 euros a night."}],
            "document_ids": [document_id],
        }
        result = await client.call_tool("check", body)
        checked = company.ok("POST", "/v1/check", user=ANA, json=body)
        assert result.structured_content == checked
        assert [claim["verdict"] for claim in checked["claims"]] == ["supported", "unsupported"]
        assert text_of(result).startswith("Worst verdict: unsupported\n\nsupported: Staff ")
        assert "travel: “Hotels may cost up to 140 euros a night.” (characters 0-40)" in text_of(
            result
        )

    run_as(company, way, ANA, work)


def test_restricted_text_is_in_no_field_for_others_and_there_for_its_readers(
    company: Company, way: str
) -> None:
    document_id = company.document_id("hr/salaries.md")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("search", {"query": BONUS, "top_k": 50}),
        ("search", {"query": BONUS, "filters": {"path_prefix": "hr/"}}),
        ("answer", {"question": BONUS}),
        ("get_document", {"document_id": document_id}),
        ("check", {"text": "The bonus is 9,400 euros.", "document_ids": [document_id]}),
    ]
    # What was asked comes back, and it has the first of them in it.
    told = [word for word in SECRET_WORDS if word != "zanzibar"]

    async def is_refused(client: Client) -> None:
        for name, arguments in calls:
            result = await client.call_tool(name, arguments)
            said = result.model_dump_json().replace("zanzibar bonus for engineers", "")
            assert not [word for word in [*told, "a year"] if word in said], (name, said)
            assert "hr/" not in said

    async def is_served(client: Client) -> None:
        said = [await client.call_tool(name, arguments) for name, arguments in calls]
        assert not any(result.is_error for result in said)
        assert all("9,400" in text_of(result) for result in said)

    run_as(company, way, ANA, is_refused)
    run_as(company, way, HANA, is_served)


def test_document_of_others_is_not_found_like_one_that_does_not_exist(
    company: Company, way: str
) -> None:
    theirs = company.document_id("hr/salaries.md")
    nobodys = "00000000-0000-4000-8000-000000000000"

    async def work(client: Client) -> None:
        for name, arguments in (
            ("get_document", "document_id"),
            ("check", "document_ids"),
        ):
            messages = set()
            for document_id in (theirs, nobodys):
                given: dict[str, Any] = {arguments: document_id}
                if name == "check":
                    given = {"text": "x is y.", arguments: [document_id]}
                failed = failure_of(await client.call_tool(name, given))
                problem = company.call("GET", f"/v1/documents/{document_id}", user=ANA).json()
                assert failed == problem["detail"]
                messages.add(failed.replace(document_id, "ID"))
            assert messages == {"There is no document ID that you may read."}
        for odd in ("..", "%2e%2e", "a?b#c", "ü", "."):
            failed = failure_of(await client.call_tool("get_document", {"document_id": odd}))
            assert failed == f"There is no document {odd} that you may read."

    run_as(company, way, ANA, work)


def test_document_is_read_in_parts_that_make_up_the_whole(company: Company, way: str) -> None:
    document_id = company.document_id("leave.md")
    text = company.ok("GET", f"/v1/documents/{document_id}", user=ANA)["text"]

    async def work(client: Client) -> None:
        parts = []
        offset: int | None = 0
        while offset is not None:
            given = {"document_id": document_id, "offset": offset, "limit": 100}
            result = await client.call_tool("get_document", given)
            part = result.structured_content
            assert isinstance(part, dict)
            assert text[part["start"] : part["end"]] == part["text"]
            assert len(part["text"]) <= 100
            assert part["total_chars"] == len(text)
            parts.append(part["text"])
            offset = part["next_offset"]
            says_more = f"read it with offset {offset}" in text_of(result)
            assert says_more is (offset is not None)
        assert len(parts) > 2
        assert "".join(parts) == text
        past = {"document_id": document_id, "offset": len(text) + 5}
        beyond = (await client.call_tool("get_document", past)).structured_content
        assert isinstance(beyond, dict)
        assert (beyond["text"], beyond["next_offset"]) == ("", None)

    run_as(company, way, ANA, work)


def test_abstention_says_what_was_searched_and_is_no_error(company: Company, way: str) -> None:
    async def work(client: Client) -> None:
        asked = {"question": "Is there a swimming pool on the roof?"}
        result = await client.call_tool("answer", asked)
        assert not result.is_error
        assert isinstance(result.structured_content, dict)
        assert result.structured_content["status"] == "abstained"
        assert result.structured_content["claims"] == []
        assert "I found no passage that answers this" in text_of(result)
        assert "Nearest documents:\n- " in text_of(result)

    run_as(company, way, ANA, work)


def test_answer_leans_on_the_conversation(company: Company, way: str) -> None:
    async def work(client: Client) -> None:
        result = await client.call_tool(
            "answer",
            {
                "question": "And part-time employees?",
                "history": [
                    {"role": "user", "content": QUESTION},
                    {"role": "assistant", "content": "Full-time employees receive 27 days. [1]"},
                ],
            },
        )
        assert "share of it" in text_of(result)

    run_as(company, way, ANA, work)


def test_bad_arguments_are_an_error_that_names_each_field_and_echoes_nothing(
    company: Company, way: str
) -> None:
    cases: list[tuple[str, dict[str, Any], list[str]]] = [
        ("search", {}, ["#/query: Field required"]),
        ("search", {"query": "x", "top_k": 0}, ["#/top_k:", "greater than or equal to 1"]),
        ("search", {"query": "", "hunter2": 1}, ["#/query:", "#/hunter2: Extra inputs"]),
        ("search", {"query": "x", "filters": {"path": "hunter2"}}, ["#/filters/path: Extra"]),
        ("answer", {"question": "x", "unsupported": "hunter2"}, ["'drop', 'mark' or 'fail'"]),
        ("answer", {"question": "x", "history": [{"role": "system", "content": "hunter2"}]}, []),
        ("get_document", {"document_id": "hr/hunter2.md"}, ["#/document_id:"]),
        ("get_document", {"document_id": "x", "offset": -1}, ["#/offset:"]),
        ("check", {"text": "hunter2"}, ["Give passages, document_ids, or both"]),
    ]

    async def work(client: Client) -> None:
        for name, arguments, named in cases:
            failed = failure_of(await client.call_tool(name, arguments))
            assert failed.startswith(f"The arguments do not fit the schema of {name!r}. #/")
            assert all(part in failed for part in named), failed
            # A field's name is not its content.
            assert "hunter2" not in failed.replace("#/hunter2: Extra", "")

    run_as(company, way, ANA, work)


def test_what_the_api_refuses_is_refused_in_its_words(company: Company, way: str) -> None:
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("answer", "/v1/answer", {"question": "leave?", "assistant": "nobody"}),
        ("answer", "/v1/answer", {"question": "leave? " * 5_000}),
        ("search", "/v1/search", {"query": "leave? " * 5_000}),
        ("check", "/v1/check", {"text": "x is y.", "passages": [{"text": "a. " * 33_000}] * 2}),
    ]

    async def work(client: Client) -> None:
        for name, path, arguments in cases:
            failed = failure_of(await client.call_tool(name, arguments))
            assert failed == company.call("POST", path, user=ANA, json=arguments).json()["detail"]

    run_as(company, way, ANA, work)


def test_unknown_tool_is_an_error_that_names_the_known_ones(company: Company, way: str) -> None:
    async def work(client: Client) -> None:
        with pytest.raises(MCPError, match=r"There is no tool 'delete'\. The tools are a"):
            await client.call_tool("delete", {})

    run_as(company, way, ANA, work)
