"""Documents in a folder: one regular file each. Symbolic links are reported and never followed."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from mimetypes import guess_type
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    Coverage,
    DocumentFailure,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    ListingEnd,
    ListingFailure,
    ListingItem,
    SourceMisconfigured,
)
from connectors.filesystem.config import AccessRule, FilesystemConfig
from connectors.filesystem.globs import glob_pattern

# The standard library knows these only where the system's own tables do.
_MIME_BY_SUFFIX = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".epub": "application/epub+zip",
    ".eml": "message/rfc822",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_LINK = "Symbolic links are not followed. Copy the file itself here."
_NOT_A_FILE = "This is a folder, device, socket or pipe, not a file."


class FilesystemConnector:
    """Lists a folder in a stable order and hands out its files.

    The revision is the file's size, inode and modification time in nanoseconds, so an unchanged
    folder is listed without opening a file.
    """

    kind: ClassVar[str] = "filesystem"
    config_type: ClassVar[type[BaseModel]] = FilesystemConfig
    credentials_type: ClassVar[type[BaseModel] | None] = None
    capabilities: ClassVar[Capabilities] = Capabilities(
        reports_access=True, reads_this_machine=True
    )

    def __init__(self, config: FilesystemConfig, context: ConnectorContext) -> None:
        self._root = config.root
        self._context = context
        self._rules = [(glob_pattern(rule.glob), rule) for rule in config.access_rules]

    @classmethod
    def open(cls, config: FilesystemConfig, credentials: None, context: ConnectorContext) -> Self:
        return cls(config, context)

    def check(self) -> None:
        try:
            with os.scandir(self._root):
                pass
        except NotADirectoryError as error:
            raise SourceMisconfigured(
                f"{self._root} is a file; name the folder it is in."
            ) from error
        except FileNotFoundError as error:
            raise SourceMisconfigured(f"The folder {self._root} does not exist.") from error
        except OSError as error:
            raise SourceMisconfigured(
                f"The folder {self._root} cannot be read: {error.strerror}."
            ) from error

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        self.check()
        yield from self._list_folder(b"")
        yield ListingEnd(coverage=Coverage.EVERYTHING)

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        path = self._root / ref.external_id
        try:
            self._require_regular_file(path)
        except FileNotFoundError as error:
            raise DocumentVanished("The file was gone when it was to be read.") from error
        except OSError as error:
            raise DocumentUnreadable(_why_unreadable(error)) from error
        yield path

    def close(self) -> None:
        """It holds nothing open."""

    def _require_regular_file(self, path: Path) -> None:
        """Whatever was listed here may have been replaced since.

        Raises DocumentUnreadable for a link on the way or anything but a file, OSError otherwise.
        """
        if path.parent.resolve() != self._root.resolve() / path.parent.relative_to(self._root):
            raise DocumentUnreadable(_LINK)
        # Opening, and not only looking, finds a missing permission.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        finally:
            os.close(descriptor)
        if not is_file:
            raise DocumentUnreadable(_NOT_A_FILE)

    def _list_folder(self, folder: bytes) -> Iterator[ListingItem]:
        """Bytes, because a name need not be valid UTF-8."""
        try:
            with os.scandir(os.path.join(os.fsencode(self._root), folder)) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            name = os.fsdecode(folder).encode("utf-8", "backslashreplace").decode("utf-8")
            yield ListingFailure(
                path_prefix=f"{name}/" if name else "",
                code="folder_unreadable",
                detail=_why_unreadable(error),
            )
            return
        for entry in entries:
            yield from self._list_entry(entry, os.path.join(folder, entry.name))

    def _list_entry(self, entry: os.DirEntry[bytes], relative: bytes) -> Iterator[ListingItem]:
        try:
            path = relative.decode("utf-8")
        except UnicodeDecodeError:
            shown = relative.decode("utf-8", "backslashreplace")
            yield DocumentFailure(
                external_id=shown,
                path=shown,
                code="name_not_utf8",
                detail="The file's name is not valid UTF-8. Rename it.",
            )
            return
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            yield _failure(path, "file_unreadable", _why_unreadable(error))
            return
        if stat.S_ISLNK(status.st_mode):
            yield _failure(path, "symbolic_link", _LINK)
        elif stat.S_ISDIR(status.st_mode):
            yield from self._list_folder(relative)
        elif stat.S_ISREG(status.st_mode):
            yield self._reference(path, status)
        else:
            yield _failure(path, "not_a_file", _NOT_A_FILE)

    def _reference(self, path: str, status: os.stat_result) -> DocumentRef:
        return DocumentRef(
            external_id=path,
            revision=f"{status.st_size}-{status.st_ino}-{status.st_mtime_ns}",
            path=path,
            uri=(self._root / path).as_uri(),
            mime=_MIME_BY_SUFFIX.get(Path(path).suffix.lower()) or guess_type(path)[0],
            size_bytes=status.st_size,
            updated_at=_modified_at(status),
            acl=_first_match(self._rules, path),
        )


def _first_match(
    rules: list[tuple[re.Pattern[str], AccessRule]], path: str
) -> tuple[str, ...] | None:
    return next((rule.allow for pattern, rule in rules if pattern.fullmatch(path)), None)


def _modified_at(status: os.stat_result) -> datetime | None:
    try:
        return datetime.fromtimestamp(status.st_mtime, UTC)
    except (OverflowError, ValueError):
        return None


def _failure(path: str, code: str, detail: str) -> DocumentFailure:
    return DocumentFailure(external_id=path, path=path, code=code, detail=detail)


def _why_unreadable(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "Permission denied. Let the user that runs Vouch read it."
    if error.errno == errno.ELOOP:
        return _LINK
    return f"It cannot be read: {error.strerror}."
