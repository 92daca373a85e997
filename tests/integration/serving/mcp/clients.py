"""The official client, connected to a running Vouch in each way that there is."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from tests.integration.conftest import RunningVouch

ROOT = Path(__file__).parents[4]

HANDSHAKE = "legacy"
"""The client's mode for servers of before 2026: `initialize`, on which later messages lean."""

WAYS = ("http", "http, handshake", "stdio")


@asynccontextmanager
async def connected(vouch: RunningVouch, way: str, *, user: str) -> AsyncIterator[Client]:
    """A client for this user, with the admin's key."""
    transport, _, era = way.partition(", ")
    mode = HANDSHAKE if era else "auto"
    if transport == "http":
        async with over_http(vouch, user=user, mode=mode) as client:
            yield client
    else:
        server = stdio_server(vouch, arguments=["--as", user])
        async with Client(stdio_client(server), mode=mode, read_timeout_seconds=60) as client:
            yield client


@asynccontextmanager
async def over_http(
    vouch: RunningVouch,
    *,
    key: str | None = None,
    user: str | None = None,
    mode: str = "auto",
    headers: dict[str, str] | None = None,
) -> AsyncIterator[Client]:
    """A client of /mcp; `key` is the admin's unless "" leaves it out."""
    headers = dict(headers or {})
    if key != "":
        headers["Authorization"] = f"Bearer {key or vouch.admin_key}"
    if user is not None:
        headers["X-Vouch-User"] = user
    # The environment's proxies are not for a server on this machine.
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http:
        transport = streamable_http_client(f"{vouch.url}/mcp", http_client=http)
        async with Client(transport, mode=mode, read_timeout_seconds=60) as client:
            yield client


def stdio_server(
    vouch: RunningVouch, *, arguments: Sequence[str] = (), key: str | None = None
) -> StdioServerParameters:
    """`vouch mcp` as a program that starts it would configure it."""
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "vouch.cli", "mcp", *arguments],
        env={"VOUCH_URL": vouch.url, "VOUCH_API_KEY": key or vouch.admin_key},
        cwd=ROOT,
    )


def text_of(result: CallToolResult) -> str:
    """What a model reads of it."""
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def failure_of(result: CallToolResult) -> str:
    """The message of a call that must fail."""
    assert result.is_error, result
    assert result.structured_content is None
    return text_of(result)
