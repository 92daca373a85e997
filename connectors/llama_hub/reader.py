"""Finds a LlamaIndex reader, calls it, and says what went wrong without saying a secret."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import quote, quote_plus

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from connectors.contract import SourceMisconfigured, SourceUnavailable
from core.errors import VouchError

_PACKAGE = "llama_index.readers."
_MAX_MESSAGE_CHARS = 300
# Before the first document: the scope is not there, or may not be read.
_MISCONFIGURED = (ImportError, FileNotFoundError, NotADirectoryError, PermissionError)


class Reader:
    """One reader and its arguments; each `read` makes the reader anew."""

    def __init__(
        self,
        dotted_path: str,
        *,
        init: Mapping[str, Any],
        secrets: Mapping[str, str],
        load: Mapping[str, Any],
    ) -> None:
        self._dotted_path = dotted_path
        self._init = {**init, **secrets}
        self._secrets = secrets
        self._load = load

    def read(self) -> Generator[Document, None, None]:
        """The reader's documents as it gives them.

        Raises SourceMisconfigured where it cannot be made or called so, or finds nothing to read
        from; SourceUnavailable for whatever it raises later.
        """
        has_begun = False
        try:
            for document in self._documents():
                has_begun = True
                yield document
        except VouchError:
            raise
        except _MISCONFIGURED as error:
            failure = self._failure(error, is_misconfigured=not has_begun)
        except Exception as error:  # noqa: BLE001  (readers raise whatever their libraries raise)
            failure = self._failure(error, is_misconfigured=False)
        else:
            return
        # Outside of the handlers: a chained exception would carry the secret into the log.
        raise failure

    def _documents(self) -> Iterator[Document]:
        loading = _loading_method(self._make())
        documents: Iterable[Any] = loading(**self._arguments(loading, self._load, what="load"))
        try:
            for document in documents:
                if not isinstance(document, Document):
                    raise SourceMisconfigured(
                        f"{self._dotted_path} gives {type(document).__name__} objects instead of "
                        "documents; it cannot be a source."
                    )
                yield document
        finally:
            if hasattr(documents, "close"):
                documents.close()

    def _make(self) -> BaseReader:
        reader_type = load_reader_type(self._dotted_path)
        arguments = self._arguments(reader_type, self._init, what="init")
        try:
            return reader_type(**arguments)
        except (TypeError, ValueError, AssertionError) as error:
            failure = self._failure(error, is_misconfigured=True)
        raise failure

    def _arguments(
        self, function: Callable[..., Any], arguments: Mapping[str, Any], *, what: str
    ) -> dict[str, Any]:
        try:
            inspect.signature(function).bind(**arguments)
        except TypeError as error:
            raise SourceMisconfigured(
                f"{self._dotted_path} cannot be called with this {what!r}: {error}."
            ) from error
        paths = _path_parameters(function)
        return {
            name: Path(value) if name in paths and isinstance(value, str) else value
            for name, value in arguments.items()
        }

    def _failure(self, error: Exception, *, is_misconfigured: bool) -> VouchError:
        """Half of what a library says may be the body of an answer: its first line is enough."""
        said = (str(error).strip() or "it gave no reason").splitlines()[0]
        message = without_secrets(said, self._secrets.values())[:_MAX_MESSAGE_CHARS]
        kind = SourceMisconfigured if is_misconfigured else SourceUnavailable
        return kind(f"{self._dotted_path} failed with {type(error).__name__}: {message}")


def load_reader_type(dotted_path: str) -> type[BaseReader]:
    """Import a reader. Raises SourceMisconfigured unless it is one, and of a reader's package."""
    module_name, _, class_name = dotted_path.rpartition(".")
    if not module_name.startswith(_PACKAGE):
        raise SourceMisconfigured("A reader is a class of a module below llama_index.readers.")
    try:
        module = import_module(module_name)
    except ImportError as error:
        package = module_name.split(".")[2].replace("_", "-")
        raise SourceMisconfigured(
            f"The module {module_name} cannot be imported: {error.msg}. An operator can install "
            f"it: pip install llama-index-readers-{package}"
        ) from error
    found = getattr(module, class_name, None)
    if (
        not isinstance(found, type)
        or not issubclass(found, BaseReader)
        or inspect.isabstract(found)
        # A module may have imported a reader of another package, one that reads any folder.
        or not found.__module__.startswith(_PACKAGE)
    ):
        raise SourceMisconfigured(f"There is no reader {class_name} in {module_name}.")
    return found


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret starred out, as it is or as URLs and Python literals write it."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for form in (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]):
            text = text.replace(form, "***")
    return text


def _loading_method(reader: BaseReader) -> Callable[..., Iterable[Document]]:
    """The lazy one, where the reader has it: the base class's only raises."""
    if type(reader).lazy_load_data is not BaseReader.lazy_load_data:
        return reader.lazy_load_data
    return reader.load_data


def _path_parameters(function: Callable[..., Any]) -> set[str]:
    """Parameters that take a Path and no string, which is what JSON can say."""
    called = function.__init__ if isinstance(function, type) else function  # type: ignore[misc]
    try:
        hints = get_type_hints(called)
    except (NameError, TypeError):
        return set()
    choices = {name: {hint, *get_args(hint)} for name, hint in hints.items()}
    return {name for name, types in choices.items() if Path in types and str not in types}
