"""Any other of LlamaIndex's LLM classes, by its dotted path: its package is the user's to install.

Importing this module takes seconds, as LlamaIndex does: it is imported only where it is used.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from importlib import import_module
from typing import Any, Self

from llama_index.core.llms import LLM, ChatMessage, MessageRole
from pydantic import SecretStr

from core.errors import VouchError
from core.language_models.contract import (
    Message,
    ModelMisconfigured,
    ModelUnavailable,
    TextStream,
    Usage,
)


class LlamaIndexModel:
    """Streams chats of a LlamaIndex LLM. Its reply cannot be ended while it is waited for: hanging
    up takes effect at its next word. JSON schemas are not passed on, as each class has its own way.
    """

    def __init__(self, model: LLM, *, name: str) -> None:
        self._model = model
        self._name = name

    @classmethod
    def load(
        cls,
        path: str,
        *,
        arguments: Mapping[str, Any],
        api_key: SecretStr | None,
        settings: str,
    ) -> Self:
        """Raises ModelMisconfigured where there is no such class, or it refuses its arguments."""
        module, _, name = path.rpartition(".")
        try:
            llm_class = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise ModelMisconfigured(
                f"There is no LlamaIndex LLM {path!r}. Install its package, and set "
                f"{settings}MODEL to a path such as llama_index.llms.anthropic.Anthropic."
            ) from error
        key = {"api_key": api_key.get_secret_value()} if api_key is not None else {}
        try:
            model = llm_class(**arguments, **key)
        except Exception as error:  # noqa: BLE001  (its message may hold the key)
            raise ModelMisconfigured(
                f"{path} refuses its arguments ({type(error).__name__}). Check "
                f"{settings}ARGUMENTS and {settings}API_KEY."
            ) from None
        if not isinstance(model, LLM):
            raise ModelMisconfigured(f"{path} is no LlamaIndex LLM. Check {settings}MODEL.")
        return cls(model, name=f"{name}:{model.metadata.model_name}")

    @property
    def name(self) -> str:
        return self._name

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        timeout_s: float,
        temperature: float = 0.0,
        json_schema: dict[str, Any] | None = None,
    ) -> TextStream:
        """Limits are those of the class's own arguments: no two classes take them alike."""
        return _LlamaIndexStream(
            self._model,
            [
                ChatMessage(role=MessageRole(message.role), content=message.content)
                for message in messages
            ],
        )


class _LlamaIndexStream:
    def __init__(self, model: LLM, messages: Sequence[ChatMessage]) -> None:
        self._replies = self._read(model, messages)
        self._is_closed = False
        self.usage: Usage | None = None

    def __iter__(self) -> Generator[str, None, None]:
        return self._replies

    def close(self) -> None:
        self._is_closed = True

    def _read(self, model: LLM, messages: Sequence[ChatMessage]) -> Generator[str, None, None]:
        try:
            for reply in model.stream_chat(messages):
                if self._is_closed:
                    return
                if reply.delta:
                    yield reply.delta
            return
        except VouchError:
            raise
        except Exception as error:  # noqa: BLE001  (every class has errors of its own)
            failure = ModelUnavailable(f"The model failed with {type(error).__name__}.")
        # Outside of the handler: the class's message may quote documents.
        raise failure
