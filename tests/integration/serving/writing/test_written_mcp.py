"""MCP's answers where a model writes: stopped with the call, and failed where they must."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from tests.integration.serving.mcp.clients import WAYS, connected, failure_of, text_of
from tests.integration.serving.writing.conftest import USER, WrittenVouch

LEAVE = "How many days of annual leave do full-time employees receive?"
# Of the handshake's era: a server that keeps no sessions cannot tell whose call is cancelled.
CANCELLING = [way for way in WAYS if way != "http, handshake"]


@pytest.mark.parametrize("way", CANCELLING)
def test_call_that_is_cancelled_stops_the_model(patient: WrittenVouch, way: str) -> None:
    before, asked = len(patient.scripted.hung_up()), len(patient.scripted.asked())
    patient.scripted.behave("silent")

    async def run() -> None:
        async with connected(patient.vouch, way, user=USER) as client:
            async with anyio.create_task_group() as calls:
                calls.start_soon(client.call_tool, "answer", {"question": LEAVE})
                await asyncio.to_thread(patient.scripted.wait_until_asked, asked + 1)
                calls.cancel_scope.cancel()
            await asyncio.to_thread(patient.scripted.wait_until_hung_up, before + 1)
            # The connection is as good as before.
            assert len((await client.list_tools()).tools) == 4

    asyncio.run(run())


@pytest.mark.parametrize("way", WAYS)
def test_client_that_goes_away_stops_the_model(patient: WrittenVouch, way: str) -> None:
    before, asked = len(patient.scripted.hung_up()), len(patient.scripted.asked())
    patient.scripted.behave("silent")

    async def run() -> None:
        async with anyio.create_task_group() as group:

            async def ask() -> None:
                async with connected(patient.vouch, way, user=USER) as client:
                    await client.call_tool("answer", {"question": LEAVE})

            group.start_soon(ask)
            await asyncio.to_thread(patient.scripted.wait_until_asked, asked + 1)
            group.cancel_scope.cancel()

    asyncio.run(run())
    patient.scripted.wait_until_hung_up(before + 1)


@pytest.mark.parametrize("way", WAYS)
def test_unsupported_sentence_is_marked_or_fails_the_call_as_asked(
    patient: WrittenVouch, way: str
) -> None:
    patient.scripted.behave("inventing")

    async def run() -> tuple[str, str]:
        async with connected(patient.vouch, way, user=USER) as client:
            marked = await client.call_tool("answer", {"question": LEAVE, "unsupported": "mark"})
            failed = await client.call_tool("answer", {"question": LEAVE, "unsupported": "fail"})
            return text_of(marked), failure_of(failed)

    marked, failed = asyncio.run(run())
    assert "(unsupported)" in marked or "(contradicted)" in marked
    assert "`drop`" in failed
