"""Documents in a folder: one regular file each. Symbolic links are reported and never followed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Self, assert_never
from urllib.parse import quote

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    Coverage,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    Group,
    ListingEnd,
    ListingItem,
    SourceMisconfigured,
)
from connectors.downloads import require_size
from connectors.filesystem.access import FolderAccess, RuleAccess
from connectors.filesystem.config import FilesystemConfig
from connectors.filesystem.directory import system_groups
from connectors.filesystem.listing import FolderListing, FoundFile, path_before
from connectors.filesystem.opening import NotAFile, content_hash, opened_file
from connectors.filesystem.posix import PosixAccess
from connectors.filesystem.problems import LINK, failure, why_unreadable
from connectors.filesystem.sidecar import SidecarAccess
from connectors.media_types import media_type_of
from connectors.selection import Selection


class FilesystemConnector:
    """Lists a folder in a stable order and hands out its files.

    The revision is the file's size, inode and modification time in nanoseconds, so an unchanged
    folder is listed without opening a file; or the hash of its content, where asked for.
    """

    kind: ClassVar[str] = "filesystem"
    config_type: ClassVar[type[BaseModel]] = FilesystemConfig
    credentials_type: ClassVar[type[BaseModel] | None] = None
    capabilities: ClassVar[Capabilities] = Capabilities(
        reports_access=True, reads_this_machine=True
    )
    milestone_every: ClassVar[int] = 1_000

    def __init__(self, config: FilesystemConfig, context: ConnectorContext) -> None:
        self._config = config
        self._root = config.root
        self._root_uri = config.root.as_uri().rstrip("/")
        self._context = context

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
        listing = FolderListing(
            os.fsencode(self._root),
            selection=Selection(include=self._config.include, exclude=self._config.exclude),
            access=self._access(),
            describe=self._describe,
            milestone_every=self.milestone_every,
        )
        yield from listing.items(None if since is None else path_before(since))
        yield ListingEnd(coverage=Coverage.EVERYTHING)

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        path = self._root / ref.external_id
        try:
            self._require_readable(path)
        except FileNotFoundError as error:
            raise DocumentVanished("The file was gone when it was to be read.") from error
        except NotAFile as error:
            raise DocumentUnreadable(error.strerror or LINK) from error
        except OSError as error:
            raise DocumentUnreadable(why_unreadable(error)) from error
        yield path

    def list_groups(self) -> Iterator[Group]:
        """The machine's own, where its permissions decide who may read."""
        if self._config.access == "posix":
            yield from system_groups()

    def close(self) -> None:
        """It holds nothing open."""

    def _access(self) -> FolderAccess:
        match self._config.access:
            case "rules":
                return RuleAccess(self._config.access_rules)
            case "posix":
                return PosixAccess.at_root(os.fsencode(self._root))
            case "sidecar":
                return SidecarAccess.at_root(os.fsencode(self._root))
            case _:
                assert_never(self._config.access)

    def _require_readable(self, path: Path) -> None:
        """Whatever was listed here may have been replaced since: by a link on the way, too.

        Raises NotAFile, FileTooLarge, OSError.
        """
        folder = Path(os.path.realpath(self._root)) / path.parent.relative_to(self._root)
        if Path(os.path.realpath(path.parent)) != folder:
            raise NotAFile(errno.ELOOP, LINK)
        with opened_file(os.fsencode(path)) as file:
            size = os.fstat(file.fileno()).st_size
        require_size(size, max_bytes=self._context.max_file_bytes)

    def _describe(self, file: FoundFile) -> ListingItem:
        try:
            revision = self._revision(file)
        except OSError as error:
            return failure(file.path, "file_unreadable", why_unreadable(error))
        return DocumentRef(
            external_id=file.path,
            revision=revision,
            path=file.path,
            uri=f"{self._root_uri}/{quote(file.path)}",
            mime=media_type_of(file.path),
            size_bytes=file.status.st_size,
            updated_at=_modified_at(file.status),
            acl=file.acl,
        )

    def _revision(self, file: FoundFile) -> str:
        """A file that is too large to be fetched is not worth being read for its hash."""
        status = file.status
        if self._config.compare == "content" and status.st_size <= self._context.max_file_bytes:
            return content_hash(file.location)
        return f"{status.st_size}-{status.st_ino}-{status.st_mtime_ns}"


def _modified_at(status: os.stat_result) -> datetime | None:
    try:
        return datetime.fromtimestamp(status.st_mtime, UTC)
    except (OverflowError, ValueError):
        return None
