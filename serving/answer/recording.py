"""Keeping answers for feedback, beside the requests that they were given to."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

import structlog

from core.answers import AnswerStore, GivenAnswer, GivenCitation, GivenClaim
from core.identity import Caller
from serving.answer.events import Answer
from serving.answer.wanted import WantedAnswer
from serving.answering.contract import VerifiedClaim
from serving.metrics import ANSWERS_NOT_KEPT

log = structlog.get_logger(__name__)

_WAIT_S = 30.0


class AnswerRecorder:
    """Records answers one by one in a thread of its own: the catalog has one writer at a time, and
    no answer waits until a sync lets it write.

    An answer that cannot be recorded is counted, and logged without its text.
    """

    def __init__(self, *, answers: AnswerStore, max_waiting: int = 1000) -> None:
        self._answers = answers
        self._max_waiting = max_waiting
        self._is_closed = False
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answer-recorder")
        self._lock = Lock()
        self._waiting: dict[str, Future[None]] = {}

    def submit(self, answer: GivenAnswer) -> None:
        """Record it soon. Where `max_waiting` wait already, or after the end, it is not kept."""
        with self._lock:
            is_taken = not self._is_closed and len(self._waiting) < self._max_waiting
            if is_taken:
                self._waiting[answer.id] = self._executor.submit(self._record, answer)
        if not is_taken:
            _not_kept(answer, "not_taken")

    def settle(self, answer_id: str) -> None:
        """Return once the answer is no longer waiting, or after 30 seconds."""
        with self._lock:
            waiting = self._waiting.get(answer_id)
        if waiting is not None:
            wait([waiting], timeout=_WAIT_S)

    def close(self) -> None:
        """Record what waits, and end."""
        with self._lock:
            self._is_closed = True
        self._executor.shutdown()

    def _record(self, answer: GivenAnswer) -> None:
        try:
            self._answers.record(answer)
        except Exception as error:  # noqa: BLE001  (a traceback's message may hold the text)
            _not_kept(answer, type(error).__name__)
        finally:
            with self._lock:
                del self._waiting[answer.id]


def given_answer(caller: Caller, wanted: WantedAnswer, answer: Answer) -> GivenAnswer:
    """The answer as it is kept."""
    return GivenAnswer(
        id=answer.id,
        asker=caller.principal.user,
        question=wanted.question,
        earlier_questions=tuple(turn.text for turn in wanted.history if turn.role == "user"),
        claims=tuple(_given_claim(verified) for verified in answer.claims),
        model=answer.model,
        prompt=answer.prompt,
        assistant=wanted.assistant,
    )


def _given_claim(verified: VerifiedClaim) -> GivenClaim:
    return GivenClaim(
        text=verified.claim.text,
        verdict=verified.checked.verdict.value,
        checks={outcome.name: outcome.verdict.value for outcome in verified.checked.outcomes},
        citations=tuple(
            GivenCitation(
                document_id=citation.hit.chunk.document_id,
                text_version=citation.hit.chunk.text_version,
                quote=citation.quote,
            )
            for citation in verified.claim.citations
        ),
    )


def _not_kept(answer: GivenAnswer, reason: str) -> None:
    ANSWERS_NOT_KEPT.inc()
    log.error("answer_not_kept", answer_id=answer.id, reason=reason)
