"""The plain clients read streams, also those that go wrong."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.vouch.client.conftest import Handbook
from vouch.client import AsyncVouchClient, NoServer, ServerEvent, VouchClient

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
_META = b'event: meta\ndata: {"id": "1"}\n\nevent: claim\ndata: {"te'


@contextmanager
def dying_server(reply: bytes) -> Iterator[str]:
    """Answers one request with this, and is gone."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("head", [b"", b"Content-Length: 1000\r\n"], ids=["quietly", "abruptly"])
def test_stream_of_a_server_that_goes_away_is_never_taken_for_an_answer(head: bytes) -> None:
    reply = _HEAD + head + b"\r\n" + _META
    with dying_server(reply) as url, VouchClient(url, api_key="vouch_nope") as client:
        events = client.stream_answer("What?")
        assert next(events) == ServerEvent("meta", {"id": "1"})
        with pytest.raises(NoServer):
            next(events)


@pytest.mark.parametrize("head", [b"", b"Content-Length: 1000\r\n"], ids=["quietly", "abruptly"])
def test_event_loop_learns_that_the_server_went_away(head: bytes) -> None:
    async def read(url: str) -> None:
        async with AsyncVouchClient(url, api_key="vouch_nope") as client:
            async for event in client.stream_answer("What?"):
                assert event.name == "meta"

    reply = _HEAD + head + b"\r\n" + _META
    with dying_server(reply) as url, pytest.raises(NoServer):
        asyncio.run(read(url))


def test_line_separators_of_unicode_are_no_ends_of_lines(handbook: Handbook) -> None:
    question = "How many days of\u2028annual leave\x85are there?"
    with handbook.client() as client:
        (first, *_, last) = client.stream_answer(question, understand=False)
    assert first.data["searched"]["question"] == question
    assert last.name == "done"
