"""What a language model promises, and how one can fail."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from core.errors import ConfigurationError, PermanentError, TransientError


class ModelMisconfigured(ConfigurationError):
    """The endpoint cannot be asked as it is configured."""

    title = "Model misconfigured"


class ModelUnavailable(TransientError):
    """The endpoint does not answer, or fails."""

    title = "Model unavailable"


class NoUsableReply(PermanentError):
    """The model gave nothing that was asked for, or refuses this request. The request's own fault:
    asking the next one is worth it.
    """

    title = "No usable reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that the server counted."""

    prompt_tokens: int
    completion_tokens: int


class TextStream(Protocol):
    """A reply as it is written: pieces of text, none empty. Reading it may raise what the model
    raises.
    """

    def __iter__(self) -> Generator[str, None, None]:
        """The same one each time. Whoever stops before its end closes it, which hangs up, too."""
        ...

    @property
    def usage(self) -> Usage | None:
        """After the end; None where the server does not say."""
        ...

    def close(self) -> None:
        """Hang up, so that the server stops writing; whoever reads comes to an end. Safe to repeat,
        and from another thread.
        """
        ...


class ChatModel(Protocol):
    """A language model behind whatever serves it. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """What is recorded as the model that was asked."""
        ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        timeout_s: float,
        temperature: float = 0.0,
        json_schema: dict[str, Any] | None = None,
    ) -> TextStream:
        """Ask. `timeout_s` bounds each wait for the next bytes. `json_schema` holds the reply to a
        JSON schema where the server can do that.

        Raises ModelMisconfigured, ModelUnavailable, NoUsableReply; so does reading the stream.
        """
        ...
