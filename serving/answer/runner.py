"""Making answers in threads of their own, watched from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from core.identity import Caller
from retrieval.embedders.remembering import remembering
from retrieval.embedders.turns import asked_now
from serving.answer.errors import TooManyAnswers
from serving.answer.events import AnswerEvent
from serving.answer.service import AnswerService
from serving.answer.wanted import WantedAnswer
from serving.answering.cancellation import Cancellation
from serving.metrics import ANSWERS_IN_PROGRESS

_RETRY_AFTER_S = 5


AnswerEvents = AsyncGenerator[AnswerEvent | None, None]
"""What happens while an answer is made; None where nothing has happened for a while."""


class _End:
    """Nothing follows."""


class AnswerRunner:
    """Runs at most `max_concurrent` answers at once. A thread waits for its model without holding
    up other requests, which share the server's own threads.
    """

    def __init__(self, service: AnswerService, *, max_concurrent: int, heartbeat_s: float) -> None:
        self._heartbeat_s = heartbeat_s
        self._service = service
        self._max_concurrent = max_concurrent
        self._under_way = 0
        self._executor = ThreadPoolExecutor(max_concurrent, thread_name_prefix="answer")

    @property
    def under_way(self) -> int:
        """How many answers are being made."""
        return self._under_way

    def close(self) -> None:
        """Wait for what is under way."""
        self._executor.shutdown()

    async def events(
        self, caller: Caller, wanted: WantedAnswer, *, heartbeat_s: float | None = None
    ) -> AnswerEvents:
        """The events of `AnswerService.stream`, and None whenever nothing came for `heartbeat_s`
        seconds (by default as configured). Closing it, or cancelling the task that reads it, stops
        the answer and its model.

        Raises TooManyAnswers, and what `stream` raises.
        """
        if self._under_way >= self._max_concurrent:
            raise TooManyAnswers(
                f"{self._max_concurrent} answers are being made at once, the limit. Try again in "
                f"{_RETRY_AFTER_S} seconds.",
                retry_after_s=_RETRY_AFTER_S,
                limit_answers=self._max_concurrent,
            )
        quiet_s = heartbeat_s or self._heartbeat_s
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[AnswerEvent | Exception | _End] = asyncio.Queue()
        cancellation = Cancellation()

        def put(item: AnswerEvent | Exception | _End) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, item)

        def make() -> None:
            try:
                with asked_now(), remembering():
                    for event in self._service.stream(caller, wanted, cancellation=cancellation):
                        put(event)
                put(_End())
            except Exception as error:  # noqa: BLE001  (raised where the events are read)
                put(error)

        self._under_way += 1
        ANSWERS_IN_PROGRESS.set(self._under_way)
        making = loop.run_in_executor(self._executor, copy_context().run, make)
        making.add_done_callback(self._end)
        try:
            while True:
                try:
                    item = await asyncio.wait_for(queue.get(), quiet_s)
                except TimeoutError:
                    yield None
                    continue
                if isinstance(item, _End):
                    return
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            cancellation.cancel()

    def _end(self, _: asyncio.Future[None]) -> None:
        self._under_way -= 1
        ANSWERS_IN_PROGRESS.set(self._under_way)
