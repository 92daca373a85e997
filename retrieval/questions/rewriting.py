"""Follow-ups to standalone questions: by the model where one is set, else by rules."""

from __future__ import annotations

import contextvars
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from core.breaker import CircuitBreaker
from core.errors import ConfigurationError, TransientError
from core.settings import RewriterSettings
from retrieval.questions.contract import QuestionRewriter, RewriterUnavailable, Turn

log = structlog.get_logger(__name__)

DEGRADED_REWRITE = "rewrite"
"""Says in a result that rules made the question stand alone, for want of the model."""

# More calls than this at once wait for a thread, and count as late if that takes too long.
_MAX_CALLS = 16
_MAX_REWRITTEN_CHARS = 1_000


class RewriteStage:
    """Asks the rewriter within a deadline. Safe to use from several threads."""

    def __init__(self, rewriter: QuestionRewriter, *, settings: RewriterSettings) -> None:
        self._rewriter = rewriter
        self._timeout_s = settings.timeout_s
        self._breaker = CircuitBreaker(
            failures_to_open=settings.failures_to_open, pause_s=settings.pause_s
        )
        self._pool = ThreadPoolExecutor(max_workers=_MAX_CALLS, thread_name_prefix="rewrite")

    def standalone(self, question: str, history: Sequence[Turn]) -> str | None:
        """The model's question; None where it failed, was late, or gave no question."""
        if not self._breaker.allows():
            return None
        try:
            rewritten = self._ask(question, history)
        except TimeoutError:
            log.warning("rewriter_late", timeout_s=self._timeout_s)
        except (TransientError, ConfigurationError) as error:
            log.warning("rewriter_failed", error=type(error).__name__, detail=error.detail)
        except Exception as error:  # noqa: BLE001  (a plug-in's bug costs its question, not the search)
            # Without the message: a library's may quote the conversation.
            log.error("rewriter_error", error=type(error).__name__)
        else:
            self._breaker.succeeded()
            return rewritten
        self._breaker.failed()
        return None

    def close(self) -> None:
        """Wait for the calls that are under way."""
        self._pool.shutdown(cancel_futures=True)

    def _ask(self, question: str, history: Sequence[Turn]) -> str:
        # The request's id, which the log shows, belongs to this thread's context.
        context = contextvars.copy_context()
        future = self._pool.submit(context.run, self._rewriter.standalone, question, history)
        try:
            rewritten = future.result(timeout=self._timeout_s)
        finally:
            future.cancel()
        if not 0 < len(rewritten) <= max(_MAX_REWRITTEN_CHARS, len(question)):
            raise RewriterUnavailable("The model's question is empty or without end.")
        return rewritten
