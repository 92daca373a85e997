"""Asking the tiers in order until one begins to answer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import structlog

from core.errors import ConfigurationError, PermanentError, TransientError, VouchError
from core.language_models.contract import (
    Message,
    ModelUnavailable,
    NoUsableReply,
    TextStream,
    Usage,
)
from serving.answering.cancellation import Cancellation
from serving.metrics import MODEL_FAILURES, MODEL_FIRST_WORD_DURATION, MODEL_TOKENS
from serving.models.tier import ModelTier

_log = structlog.get_logger(__name__)

_FIRST_PAUSE_S = 0.2
# A person waits: rather than for a server that wants to be left alone, ask the next tier.
_LONGEST_PAUSE_S = 2.0
# On average over a reply, which the server has been asked to end after so many tokens.
_LONGEST_TOKEN_CHARS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one tier is asked."""

    messages: Sequence[Message]
    json_schema: dict[str, Any] | None = None


class Deadline:
    """A point in time that everything done for one answer shares."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left_s(self) -> float:
        return self._at - time.monotonic()

    def check(self) -> None:
        """Raises ModelUnavailable."""
        if self.left_s <= 0:
            raise ModelUnavailable("The model is not done in time. Raise VOUCH_MODELS__DEADLINE_S.")


class TierReply:
    """A tier's reply. Reading it to the end, or closing it, frees the tier."""

    def __init__(
        self,
        tier: ModelTier,
        stream: TextStream,
        *,
        deadline: Deadline,
        cancellation: Cancellation,
    ) -> None:
        self.tier = tier
        self._stream = stream
        self._pieces = self._read(deadline, cancellation)

    def begin(self) -> None:
        """Return once the first word is there. To be called once, before reading."""
        next(self._pieces)

    def __iter__(self) -> Iterator[str]:
        return self._pieces

    @property
    def usage(self) -> Usage | None:
        return self._stream.usage

    def close(self) -> None:
        """Hang up."""
        self._pieces.close()

    def _read(self, deadline: Deadline, cancellation: Cancellation) -> Generator[str, None, None]:
        """An empty piece once the first word is there; then all of them."""
        started = time.perf_counter()
        failure: TransientError | None = None
        try:
            with cancellation.stopping(self._stream.close), closing(iter(self._stream)) as pieces:
                piece = next(pieces, None)
                if piece is None:
                    raise NoUsableReply("The model replied with nothing.")
                MODEL_FIRST_WORD_DURATION.labels(tier=self.tier.name).observe(
                    time.perf_counter() - started
                )
                yield ""
                left = _LONGEST_TOKEN_CHARS * self.tier.settings.max_tokens
                while piece is not None:
                    deadline.check()
                    left -= len(piece)
                    if left < 0:
                        raise NoUsableReply("The model does not stop writing when it should.")
                    yield piece
                    piece = next(pieces, None)
                # What is hung up on ends, too.
                cancellation.check()
        except TransientError as error:
            failure = error
            raise
        finally:
            self.tier.slots.release()
            if failure is None:
                # It works; where the request was refused, another may be taken.
                self.tier.breaker.succeeded()
            else:
                self.tier.breaker.failed(retry_after_s=failure.retry_after_s)
            if self.usage is not None:
                tokens = MODEL_TOKENS.labels
                tokens(tier=self.tier.name, kind="prompt").inc(self.usage.prompt_tokens)
                tokens(tier=self.tier.name, kind="completion").inc(self.usage.completion_tokens)


class ModelTiers:
    """Asks one tier after the other, each as often as it may be retried, until one has written its
    first word. What fails after that is the reader's to deal with: half an answer is out already.
    """

    def __init__(self, tiers: Sequence[ModelTier], *, deadline_s: float) -> None:
        self._tiers = tuple(tiers)
        self._deadline_s = deadline_s

    def __iter__(self) -> Iterator[ModelTier]:
        return iter(self._tiers)

    def deadline(self) -> Deadline:
        """One for all that is asked for an answer, from now on."""
        return Deadline(self._deadline_s)

    def after(self, name: str) -> str:
        """The tier to turn to when one has disappointed; itself where it is alone."""
        names = [tier.name for tier in self._tiers]
        return names[(names.index(name) + 1) % len(names)]

    def ask(
        self,
        asked: Callable[[ModelTier], Asked],
        *,
        first: str | None,
        deadline: Deadline,
        cancellation: Cancellation,
        given_up: list[str],
    ) -> TierReply:
        """The first reply that begins. `first` is the tier to begin with; the others follow in
        their order. The names of those that failed are added to `given_up`.

        Raises what the last tier raised; AnswerCancelled.
        """
        failure: VouchError = ModelUnavailable("No language model may be asked at the moment.")
        for tier in sorted(self._tiers, key=lambda tier: tier.name != first):
            try:
                return self._ask_tier(tier, asked(tier), deadline, cancellation)
            except (TransientError, PermanentError, ConfigurationError) as error:
                cancellation.check()
                _log.warning("model_tier_failed", tier=tier.name, error=error.code)
                MODEL_FAILURES.labels(tier=tier.name, error=error.code).inc()
                given_up.append(f"model:{tier.name}")
                failure = error
        raise failure

    def _ask_tier(
        self, tier: ModelTier, asked: Asked, deadline: Deadline, cancellation: Cancellation
    ) -> TierReply:
        for attempt in range(tier.settings.retries + 1):
            try:
                return self._begin(tier, asked, deadline, cancellation)
            except TransientError as error:
                pause_s = error.retry_after_s or _FIRST_PAUSE_S * 2**attempt
                if attempt == tier.settings.retries or pause_s > _LONGEST_PAUSE_S:
                    raise
            # Jitter, so that those that failed together do not come back together.
            cancellation.wait(pause_s * random.uniform(1.0, 1.5))  # noqa: S311  (no secret)
        raise AssertionError("a tier is asked at least once")

    def _begin(
        self, tier: ModelTier, asked: Asked, deadline: Deadline, cancellation: Cancellation
    ) -> TierReply:
        cancellation.check()
        deadline.check()
        timeout_s = min(tier.settings.timeout_s, deadline.left_s)
        if not tier.slots.acquire(timeout=timeout_s):
            raise ModelUnavailable(
                f"The {tier.name} model writes as many answers as it may at once: see "
                f"VOUCH_MODELS__{tier.name.upper()}__MAX_CONCURRENT."
            )
        if not tier.breaker.allows():
            tier.slots.release()
            raise ModelUnavailable(
                f"The {tier.name} model failed time and again, and is left alone for a while."
            )
        stream = tier.model.stream(
            asked.messages,
            max_tokens=tier.settings.max_tokens,
            timeout_s=timeout_s,
            temperature=tier.settings.temperature,
            json_schema=asked.json_schema,
        )
        reply = TierReply(tier, stream, deadline=deadline, cancellation=cancellation)
        reply.begin()
        return reply
