"""The page about MCP is true to what is served."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from typing import Any

import httpx2
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from serving.mcp.tools import TOOLS
from tests.integration.serving.conftest import Company
from tests.integration.serving.mcp.clients import ROOT, text_of

_PAGE = (ROOT / "docs/how-to/mcp.md").read_text()
ASKED = {"question": "How many days of annual leave do full-time employees receive?"}


def blocks(language: str, company: Company, key: str) -> list[str]:
    """As a reader would fill them in."""
    return [
        block.replace("http://127.0.0.1:8080", company.vouch.url)
        .replace("vouch_…", key)
        .replace("ana@example.test", "ana@acme.test")
        for block in re.findall(rf"```{language}\n(.*?)```", _PAGE, re.DOTALL)
    ]


def configurations(company: Company) -> list[dict[str, Any]]:
    key = company.key("reader", "desktop", may_act_for_users=True)
    return [json.loads(block)["mcpServers"]["vouch"] for block in blocks("json", company, key)]


async def answer(client: Client) -> str:
    return text_of(await client.call_tool("answer", ASKED))


def test_configuration_for_standard_input_and_output_works(company: Company) -> None:
    configured, _ = configurations(company)
    assert configured["command"] == "vouch"
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "vouch.cli", *configured["args"]],
        env=configured["env"],
        cwd=ROOT,
    )

    async def run() -> str:
        async with Client(stdio_client(server)) as client:
            return await answer(client)

    assert "27 days of paid annual leave. [1] (supported)" in asyncio.run(run())


def test_configuration_for_http_works(company: Company) -> None:
    _, configured = configurations(company)
    assert configured["type"] == "http"

    async def run() -> str:
        async with httpx2.AsyncClient(headers=configured["headers"], trust_env=False) as http:
            transport = streamable_http_client(configured["url"], http_client=http)
            async with Client(transport) as client:
                return await answer(client)

    assert "27 days of paid annual leave. [1] (supported)" in asyncio.run(run())


def test_example_of_the_official_client_runs_as_it_stands(company: Company) -> None:
    (program,) = blocks("python", company, company.key("reader", "ana@acme.test"))
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "PYTHONUTF8": "1"},
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("answer\nsearch\nget_document\ncheck\n")
    assert "27 days of paid annual leave. [1] (supported)" in result.stdout
    assert "\nsupported Full-time employees" in result.stdout


def test_table_names_every_tool_and_argument() -> None:
    rows = {row[1]: row[0] for row in re.findall(r"^(\| `(\w+)` \|.*)$", _PAGE, re.MULTILINE)}
    assert set(rows) == set(TOOLS)
    for name, tool in TOOLS.items():
        for argument in tool.arguments.model_fields:
            assert f"`{argument}`" in rows[name], (name, argument)
