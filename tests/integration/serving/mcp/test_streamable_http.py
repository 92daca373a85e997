"""/mcp over HTTP: who may come in, what is refused, and that no request leans on another."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from mcp.shared.exceptions import MCPError
from structlog.testing import capture_logs

from tests.integration.serving.conftest import Company
from tests.integration.serving.mcp.clients import HANDSHAKE, failure_of, over_http, text_of

ANA = "ana@acme.test"
HANA = "hana@acme.test"
BONUS = {"query": "What is the zanzibar bonus for engineers in band seven?"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


def call(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


INITIALIZE = call(
    "initialize",
    protocolVersion="2025-06-18",
    capabilities={},
    clientInfo={"name": "test", "version": "1"},
)
LIST = call("tools/list")
SEARCH = call("tools/call", name="search", arguments=BONUS)
MESSAGES = [INITIALIZE, LIST, SEARCH, call("server/discover"), call("nothing"), {}]

each_message = pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.get("method", "none"))


def post(company: Company, message: Any, **options: Any) -> httpx.Response:
    headers = {**ACCEPT, **options.pop("headers", {})}
    return company.call("POST", "/mcp", json=message, headers=headers, **options)


@each_message
@pytest.mark.parametrize("key", ["", "vouch_unknownkey"])
def test_nothing_is_answered_without_a_good_key(company: Company, message: Any, key: str) -> None:
    problem = company.refused(
        HTTPStatus.UNAUTHORIZED, "POST", "/mcp", key=key, json=message, headers=ACCEPT
    )
    assert problem["code"] == "not_authenticated"
    assert "vouch_unknownkey" not in str(problem)
    response = post(company, message, key=key)
    assert response.headers["www-authenticate"] == "Bearer"


def test_revoked_key_is_refused_with_the_next_message(company: Company) -> None:
    issued = company.ok(
        "POST", "/v1/keys", json={"name": "short-lived", "role": "reader", "user": ANA}
    )
    assert post(company, LIST, key=issued["key"]).is_success
    company.ok("DELETE", f"/v1/keys/{issued['id']}")
    assert post(company, LIST, key=issued["key"]).status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("mode", ["auto", HANDSHAKE])
def test_official_client_without_a_good_key_fails_to_connect(company: Company, mode: str) -> None:
    async def run() -> None:
        for key in ("", "vouch_unknownkey"):
            with pytest.RaisesGroup(MCPError, flatten_subgroups=True):
                async with over_http(company.vouch, key=key, mode=mode) as client:
                    await client.list_tools()

    asyncio.run(run())


def test_key_that_acts_for_itself_only_may_not_name_another_user(company: Company) -> None:
    key = company.key("reader", ANA)
    response = post(company, SEARCH, key=key, user=HANA)
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert response.headers["content-type"] == "application/problem+json"
    assert "X-Vouch-User" in response.json()["detail"]
    assert post(company, LIST, key=key, user=ANA).is_success


def test_user_of_the_header_decides_what_is_read_and_not_the_keys_own(company: Company) -> None:
    key = company.key("reader", "chat-ui", may_act_for_users=True)

    async def found(user: str | None) -> str:
        async with over_http(company.vouch, key=key, user=user) as client:
            return text_of(await client.call_tool("search", dict(BONUS)))

    assert "9,400" in asyncio.run(found(HANA))
    for user in (ANA, None):
        assert "9,400" not in asyncio.run(found(user))


def test_callers_at_the_same_time_are_told_apart(company: Company) -> None:
    async def found(user: str, mode: str) -> list[bool]:
        async with over_http(company.vouch, user=user, mode=mode) as client:
            searches = [client.call_tool("search", dict(BONUS)) for _ in range(5)]
            return ["9,400" in text_of(result) for result in await asyncio.gather(*searches)]

    async def run() -> list[list[bool]]:
        return await asyncio.gather(
            *(found(user, mode) for user in (ANA, HANA) for mode in ("auto", HANDSHAKE))
        )

    assert asyncio.run(run()) == [[False] * 5, [False] * 5, [True] * 5, [True] * 5]


def test_every_message_stands_for_itself(company: Company) -> None:
    """As when several processes share the requests: no session, and no handshake to remember."""
    response = post(company, SEARCH, user=HANA)
    assert response.is_success
    assert "mcp-session-id" not in response.headers
    assert "9,400" in response.text
    assert "9,400" not in post(company, SEARCH, user=ANA).text
    begun = post(company, INITIALIZE)
    assert begun.is_success
    assert "mcp-session-id" not in begun.headers


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_no_stream_to_open_and_no_session_to_end(company: Company, method: str) -> None:
    response = company.call(method, "/mcp", headers=ACCEPT)
    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "http://evil.test:8080",
        "http://localhost.evil.test",
        "http://127.0.0.1.evil.test",
        "http://evil.test@evil.test",
        "null",
        "",
        "://",
        "http://[::1",
    ],
)
def test_web_page_of_elsewhere_is_refused_key_or_not(company: Company, origin: str) -> None:
    # A page whose name was made to point here has its own name as the host.
    headers = {**ACCEPT, "Origin": origin, "Host": origin.partition("//")[2] or "vouch.test"}
    for key in (None, ""):
        problem = company.refused(
            HTTPStatus.FORBIDDEN, "POST", "/mcp", key=key, json=LIST, headers=headers
        )
        assert problem["code"] == "origin_not_allowed"
        assert "VOUCH_SERVER__MCP_ORIGINS" in problem["detail"]


@pytest.mark.parametrize(
    "origin", ["http://localhost:6274", "http://127.0.0.1", "http://[::1]:80", "app://obsidian.md"]
)
def test_page_of_this_machine_or_of_the_settings_may_speak(company: Company, origin: str) -> None:
    assert post(company, LIST, headers={"Origin": origin}).is_success
    assert post(company, LIST, headers={"Origin": origin}, key="").status_code == 401


def test_any_host_name_that_leads_here_is_served(company: Company) -> None:
    assert post(company, LIST, headers={"Host": "vouch.acme.test"}).is_success


def test_bug_in_a_tool_is_logged_once_and_its_cause_is_not_told(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("/secret/path is broken")

    monkeypatch.setattr(company.vouch.embedded.services.index, "search", fail)

    async def run() -> str:
        async with over_http(company.vouch, headers={"X-Request-ID": "trace-7"}) as client:
            return failure_of(await client.call_tool("search", {"query": "leave"}))

    with capture_logs() as logs:
        failed = asyncio.run(run())
    assert failed.startswith("Vouch failed in an unexpected way.")
    assert failed.endswith("The request id is trace-7.")
    assert "secret" not in failed
    assert [line["event"] for line in logs] == ["unexpected_error"]


def test_logs_hold_neither_questions_nor_documents_nor_keys(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    question = "Where is the xylophone kept?"
    caplog.set_level(logging.INFO)
    with capture_logs() as events:
        for name, arguments in (
            ("search", {"query": question}),
            ("answer", {"question": question}),
            ("search", {"query": question, "top_k": 0}),
            ("xylophone", {}),
        ):
            response = post(company, call("tools/call", name=name, arguments=arguments))
            assert response.is_success
        post(company, LIST, key="vouch_unknownkey")
    logged = str(events) + "".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("mcp", "serv"))
    )
    for secret in ("xylophone", company.vouch.admin_key, "vouch_unknownkey"):
        assert secret not in logged


def test_body_that_is_no_message_is_refused_and_the_server_goes_on(company: Company) -> None:
    for body in (b"{", b"[]", b"null", b"", b"\xff", b'{"jsonrpc": "2.0"}', b"[" * 100_000):
        response = company.call(
            "POST", "/mcp", content=body, headers={**ACCEPT, "Content-Type": "application/json"}
        )
        assert HTTPStatus.BAD_REQUEST <= response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    huge = call("tools/call", name="search", arguments={"query": "x" * 5_000_000})
    assert post(company, huge).status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert post(company, LIST).is_success
