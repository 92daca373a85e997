"""`vouch mcp`, the process: what it starts with, what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from tests.integration.serving.conftest import Company
from tests.integration.serving.mcp.clients import HANDSHAKE, ROOT, stdio_server, text_of

ANA = "ana@acme.test"
QUESTION = "How many days of annual leave do full-time employees receive?"


COMMAND = [sys.executable, "-m", "vouch.cli", "mcp"]


def run_mcp(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command without any input."""
    return subprocess.run(
        [*COMMAND, *arguments],
        input="",
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def start_mcp(**variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment(**variables),
        text=True,
    )


def environment(**variables: str) -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1", **variables}


def test_client_of_the_handshakes_era_is_served_as_the_keys_own_user(company: Company) -> None:
    server = stdio_server(company.vouch, key=company.key("reader", ANA))

    async def run() -> tuple[str, str]:
        async with Client(stdio_client(server), mode=HANDSHAKE) as client:
            assert client.server_info is not None
            assert client.server_info.name == "vouch"
            assert client.instructions
            answer = await client.call_tool("answer", {"question": QUESTION})
            search = await client.call_tool("search", {"query": "zanzibar bonus", "top_k": 50})
            return text_of(answer), text_of(search)

    answer, search = asyncio.run(run())
    assert "27 days of paid annual leave. [1] (supported)" in answer
    assert "leave.md" in search
    assert "9,400" not in search


def test_calls_are_served_side_by_side(company: Company) -> None:
    async def run() -> list[str]:
        server = stdio_server(company.vouch, arguments=["--as", ANA])
        async with Client(stdio_client(server)) as client:
            questions = [QUESTION, "What may a hotel cost?"] * 3
            calls = [client.call_tool("answer", {"question": each}) for each in questions]
            return [text_of(result) for result in await asyncio.gather(*calls)]

    answers = asyncio.run(run())
    assert all(("27 days" in answer) is (place % 2 == 0) for place, answer in enumerate(answers))
    assert all(("140 euros" in answer) is (place % 2 == 1) for place, answer in enumerate(answers))


def test_nothing_but_the_protocol_is_printed_and_the_end_of_input_is_the_end(
    company: Company,
) -> None:
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    said: list[dict[str, Any]] = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        {"no": "message"},
        {"jsonrpc": "2.0", "id": 3, "method": "nothing"},
    ]
    with start_mcp(VOUCH_URL=company.vouch.url, VOUCH_API_KEY=company.vouch.admin_key) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(json.dumps(message) + "\n" for message in said))
        process.stdin.flush()
        lines: list[str] = []
        # What is asked right before the input ends need not be answered.
        while not {2, 3} <= {json.loads(line).get("id") for line in lines}:
            line = process.stdout.readline()
            assert line, "The output has ended before the last answer."
            lines.append(line)
        rest, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    messages = [json.loads(line) for line in (*lines, *rest.splitlines())]
    assert all(message["jsonrpc"] == "2.0" for message in messages)
    answered = {message["id"]: message for message in messages if "id" in message}
    assert len(answered[2]["result"]["tools"]) == 4
    assert "error" in answered[3]


def test_wrong_key_ends_it_at_once_with_what_to_do(company: Company) -> None:
    ended = run_mcp(VOUCH_URL=company.vouch.url, VOUCH_API_KEY="vouch_unknownkey")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("Error: The API key is unknown, expired or revoked.")
    assert "vouch_unknownkey" not in ended.stderr


def test_key_that_may_not_act_for_the_user_ends_it_at_once(company: Company) -> None:
    key = company.key("reader", ANA)
    ended = run_mcp("--as", "hana@acme.test", VOUCH_URL=company.vouch.url, VOUCH_API_KEY=key)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "This key acts for its own user only." in ended.stderr


def test_server_that_is_not_there_ends_it_at_once() -> None:
    ended = run_mcp(VOUCH_URL="http://127.0.0.1:9", VOUCH_API_KEY="vouch_x")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "No server answers at http://127.0.0.1:9" in ended.stderr


@pytest.mark.slow
def test_without_a_server_it_starts_what_it_needs_and_still_prints_only_the_protocol(
    tmp_path: Path,
) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "vouch.cli", "mcp"],
        env={"VOUCH_DATA_DIR": str(tmp_path)},
        cwd=ROOT,
    )

    async def run() -> str:
        async with Client(stdio_client(server), read_timeout_seconds=120) as client:
            return text_of(await client.call_tool("search", {"query": "leave"}))

    assert asyncio.run(run()) == "Nothing found among the documents that the user may read."
