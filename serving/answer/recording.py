"""Keeping answers for feedback, beside the requests that they were given to."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

import structlog

from core.answers import AnswerStore, GivenAnswer
from serving.metrics import ANSWERS_NOT_KEPT

log = structlog.get_logger(__name__)

_MAX_WAITING = 1000
_WAIT_S = 30.0


class AnswerRecorder:
    """Records answers one by one in a thread of its own: the catalog has one writer at a time, and
    no answer waits until a sync lets it write.

    An answer that cannot be recorded is counted, and logged without its text.
    """

    def __init__(self, *, answers: AnswerStore) -> None:
        self._answers = answers
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answer-recorder")
        self._lock = Lock()
        self._waiting: dict[str, Future[None]] = {}

    def submit(self, answer: GivenAnswer) -> None:
        """Record it soon. Where very many wait already, it is not kept."""
        with self._lock:
            has_room = len(self._waiting) < _MAX_WAITING
            if has_room:
                self._waiting[answer.id] = self._executor.submit(self._record, answer)
        if not has_room:
            _not_kept(answer, "too_many_waiting")

    def settle(self, answer_id: str) -> None:
        """Return once the answer is no longer waiting, or after 30 seconds."""
        with self._lock:
            waiting = self._waiting.get(answer_id)
        if waiting is not None:
            wait([waiting], timeout=_WAIT_S)

    def close(self) -> None:
        """Record what waits, and end."""
        self._executor.shutdown()

    def _record(self, answer: GivenAnswer) -> None:
        try:
            self._answers.record(answer)
        except Exception as error:  # noqa: BLE001  (a traceback's message may hold the text)
            _not_kept(answer, type(error).__name__)
        finally:
            with self._lock:
                del self._waiting[answer.id]


def _not_kept(answer: GivenAnswer, reason: str) -> None:
    ANSWERS_NOT_KEPT.inc()
    log.error("answer_not_kept", answer_id=answer.id, reason=reason)
