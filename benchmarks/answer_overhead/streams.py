"""Streams of answers as a client sees them, with the time of every event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from vouch.client import ApiProblem, AsyncVouchClient, NoServer

LONGEST_S = 300.0


@dataclass(slots=True)
class Stream:
    """One answer. Times are on the clock that all processes of this machine share."""

    question: str
    asked_at: float
    events: list[tuple[str, float]] = field(default_factory=list)
    model: str = ""
    status: str = ""
    failure: str = ""

    def times(self, name: str) -> list[float]:
        """When the events of this name came."""
        return [at for event, at in self.events if event == name]

    def until(self, name: str) -> float | None:
        """Seconds from the question to the first event of this name."""
        times = self.times(name)
        return times[0] - self.asked_at if times else None

    @property
    def largest_gap_s(self) -> float:
        """The longest time without an event, from the question on."""
        times = [self.asked_at, *(at for _, at in self.events)]
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


async def ask(url: str, api_key: str, question: str) -> Stream:
    """On a connection of its own."""
    async with AsyncVouchClient(url, api_key=api_key, timeout_s=LONGEST_S) as client:
        stream = Stream(question, time.monotonic())
        try:
            async for event in client.stream_answer(question):
                stream.events.append((event.name, time.monotonic()))
                if event.name == "done":
                    stream.status = event.data["status"]
                    stream.model = event.data["usage"]["model"]
        except (ApiProblem, NoServer) as error:
            stream.failure = error.detail
    return stream


async def ask_at_once(url: str, api_key: str, questions: Sequence[str]) -> list[Stream]:
    """All of them, each on a connection of its own."""
    return await asyncio.gather(*(ask(url, api_key, question) for question in questions))


async def ask_in_turn(url: str, api_key: str, questions: Sequence[str]) -> list[Stream]:
    return [await ask(url, api_key, question) for question in questions]
