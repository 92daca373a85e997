"""What was said between Vouch and its models."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.language_models.contract import Message, TextStream, Usage
from core.language_models.openai_like import OpenAILikeModel


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request: its last message, which holds the passages and the question, and the reply as
    far as it was read.
    """

    asked: str
    reply: str = ""


class _RecordedStream:
    def __init__(self, stream: TextStream, exchange: Exchange) -> None:
        self._stream = stream
        self._pieces = self._read(exchange)

    def __iter__(self) -> Generator[str, None, None]:
        return self._pieces

    @property
    def usage(self) -> Usage | None:
        return self._stream.usage

    def close(self) -> None:
        self._stream.close()

    def _read(self, exchange: Exchange) -> Generator[str, None, None]:
        pieces = iter(self._stream)
        try:
            for piece in pieces:
                exchange.reply += piece
                yield piece
        finally:
            pieces.close()


@contextmanager
def recorded_exchanges() -> Iterator[list[Exchange]]:
    """Every request to an OpenAI-like model inside the block."""
    recorded: list[Exchange] = []
    original = OpenAILikeModel.stream

    def recording(
        self: OpenAILikeModel, messages: Sequence[Message], **options: Any
    ) -> _RecordedStream:
        exchange = Exchange(asked=messages[-1].content)
        recorded.append(exchange)
        return _RecordedStream(original(self, messages, **options), exchange)

    OpenAILikeModel.stream = recording  # type: ignore[method-assign]
    try:
        yield recorded
    finally:
        OpenAILikeModel.stream = original  # type: ignore[method-assign]
