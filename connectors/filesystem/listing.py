"""A folder's files in a stable order, without recursion and with one folder's names in memory."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    DocumentRef,
    ListingFailure,
    ListingItem,
    Milestone,
)
from connectors.filesystem.access import Acl, FolderAccess
from connectors.filesystem.config import ACCESS_FILE
from connectors.filesystem.problems import LINK, NOT_A_FILE, failure, why_unreadable
from connectors.selection import Selection

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A regular file: relative to the root, and on the machine."""

    path: str
    location: bytes
    status: os.stat_result
    acl: Acl


@dataclass(frozen=True, slots=True)
class _OpenFolder:
    path: str
    names: Iterator[bytes]
    access: FolderAccess


class FolderListing:
    """Walks the tree below `root`, each folder's names sorted by their bytes.

    `describe` makes the item of a file. `access` is asked folder by folder, from the root's own.
    """

    def __init__(
        self,
        root: bytes,
        *,
        selection: Selection,
        access: FolderAccess,
        describe: Callable[[FoundFile], ListingItem],
        milestone_every: int,
    ) -> None:
        self._root = root
        self._selection = selection
        self._access = access
        self._describe = describe
        self._milestone_every = milestone_every

    def items(self, after: str | None) -> Iterator[ListingItem]:
        """Everything, or what comes after the path, with a milestone now and then."""
        start = [] if after is None else os.fsencode(after).split(b"/")
        open_folders: list[_OpenFolder] = []
        yield from self._open("", self._access, start, open_folders)
        documents = 0
        while open_folders:
            folder = open_folders[-1]
            name = next(folder.names, None)
            if name is None:
                open_folders.pop()
                continue
            for item in self._entry(folder, name, start, open_folders):
                yield item
                if isinstance(item, DocumentRef):
                    documents += 1
                    if documents % self._milestone_every == 0:
                        yield Milestone(checkpoint=checkpoint_after(item.path))

    def _open(
        self, path: str, access: FolderAccess, start: list[bytes], open_folders: list[_OpenFolder]
    ) -> Iterator[ListingItem]:
        """Put the folder on top of those that are open, and say what is wrong with it."""
        try:
            names = sorted(os.listdir(self._location(path)))
        except OSError as error:
            yield ListingFailure(
                path_prefix=f"{path}/" if path else "",
                code="folder_unreadable",
                detail=why_unreadable(error),
            )
            return
        if access.problem is not None:
            yield access.problem
        open_folders.append(_OpenFolder(path, iter(_from(start, path, names)), access))

    def _entry(
        self,
        folder: _OpenFolder,
        name: bytes,
        start: list[bytes],
        open_folders: list[_OpenFolder],
    ) -> Iterator[ListingItem]:
        location = os.path.join(self._location(folder.path), name)
        shown = os.path.join(os.fsencode(folder.path), name).decode("utf-8", "backslashreplace")
        try:
            status = os.lstat(location)
        except OSError as error:
            # One that is gone as well: a volume that was unmounted meanwhile has no files at all.
            yield failure(shown, "file_unreadable", why_unreadable(error))
            return
        is_folder = stat.S_ISDIR(status.st_mode)
        if not self._is_wanted(shown, is_folder=is_folder):
            return
        if not _is_utf8(name):
            yield failure(shown, "name_not_utf8", "The name is not valid UTF-8. Rename it.")
        elif is_folder:
            access = folder.access.enter(shown, location)
            yield from self._open(shown, access, start, open_folders)
        elif stat.S_ISLNK(status.st_mode):
            yield failure(shown, "symbolic_link", LINK)
        elif stat.S_ISREG(status.st_mode):
            acl = folder.access.acl(shown, location, status)
            yield self._describe(FoundFile(path=shown, location=location, status=status, acl=acl))
        else:
            yield failure(shown, "not_a_file", NOT_A_FILE)

    def _is_wanted(self, path: str, *, is_folder: bool) -> bool:
        if is_folder:
            return self._selection.has_below(path)
        return path.rpartition("/")[2] != ACCESS_FILE and self._selection.has(path)

    def _location(self, path: str) -> bytes:
        return os.path.join(self._root, os.fsencode(path)) if path else self._root


def checkpoint_after(path: str) -> Checkpoint:
    return Checkpoint(json.dumps({"filesystem": _VERSION, "after": path}))


def path_before(checkpoint: Checkpoint) -> str:
    """The path that a listing goes on after. Raises CheckpointExpired for anyone else's."""
    try:
        stored = json.loads(checkpoint)
    except (ValueError, RecursionError):
        stored = None
    if isinstance(stored, dict) and stored.keys() == {"filesystem", "after"}:
        after = stored["after"]
        if stored["filesystem"] == _VERSION and isinstance(after, str) and _is_path(after):
            return after
    raise CheckpointExpired("This is no checkpoint of a folder's listing. List everything.")


def _from(start: list[bytes], path: str, names: list[bytes]) -> list[bytes]:
    """Those names of the folder that a listing which goes on at `start` has still to visit."""
    parts = os.fsencode(path).split(b"/") if path else []
    depth = len(parts)
    if depth >= len(start) or start[:depth] != parts:
        return names
    is_last = depth == len(start) - 1
    return [name for name in names if name > start[depth] or (name == start[depth] and not is_last)]


def _is_path(text: str) -> bool:
    """Half a surrogate pair can be written in JSON, and names no file that was ever listed."""
    try:
        return bool(text.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
