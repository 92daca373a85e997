"""A commit, or the difference between two, as the items of a listing."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from connectors.contract import DocumentFailure, DocumentRef, DocumentRemoved, SourceMisconfigured
from connectors.git.clone import Clone
from connectors.git.config import GitConfig
from connectors.git.history import TouchTimes, last_touched
from connectors.git.paths import shown_path
from connectors.git.touch_cache import load_touch_times, save_touch_times
from connectors.git.trees import Entry, find_folder, iter_changes
from connectors.media_types import media_type_of
from connectors.selection import Selection

_SUBMODULE = 0o160000
_MAX_DATED_PATHS = 200_000
"""A listing of more files than these tells no dates: they are all in memory at once."""

DocumentItem = DocumentRef | DocumentFailure | DocumentRemoved


class CommitListing:
    """Lists `commit`, or where `is_difference` what makes it differ from `base`, by path.

    A commit of None has no files. Every method raises ObjectGone where history was rewritten.
    """

    def __init__(
        self,
        clone: Clone,
        config: GitConfig,
        *,
        branch: str,
        commit: bytes | None,
        base: bytes | None,
        is_difference: bool,
        fingerprint: str,
    ) -> None:
        self._clone = clone
        self._subtree = config.subtree
        self._selection = Selection(include=config.include, exclude=config.exclude)
        self._address = _address(config, branch)
        self._commit = commit
        self._is_difference = is_difference
        self._fingerprint = fingerprint
        self._new = None if commit is None else find_tree(clone, commit, self._subtree)
        self._old = None if base is None else find_tree(clone, base, self._subtree)

    def items(self, after: bytes | None) -> Iterator[tuple[bytes, DocumentItem]]:
        """Each with its path; those greater than `after`."""
        times: Mapping[bytes, int] | None = None
        for old, new in self._changes(after):
            if new is None:
                assert old is not None  # noqa: S101  (a change has a side)
                yield old.path, DocumentRemoved(external_id=shown_path(old.path))
                continue
            if times is None:
                times = self._touch_times(after)
            yield new.path, self._item(new, times.get(new.path))

    def _changes(self, after: bytes | None) -> Iterator[tuple[Entry | None, Entry | None]]:
        folder = f"{self._subtree}/".encode() if self._subtree else b""
        changes = iter_changes(self._clone.tree, self._old, self._new, folder=folder, after=after)
        for old, new in changes:
            entry = new or old
            if entry is not None and self._selection.has(shown_path(entry.path)):
                yield old, new

    def _touch_times(self, after: bytes | None) -> Mapping[bytes, int]:
        """When each path was touched last; missing where that is too long ago."""
        assert self._commit is not None  # noqa: S101  (there is a file in it)
        known = None
        if not self._is_difference:
            known = load_touch_times(self._clone.folder, fingerprint=self._fingerprint)
            if known is not None and known.commit == self._commit:
                return known.times
        paths = set()
        # From the start even when resuming, so that what is kept is whole.
        for _, new in self._changes(after if self._is_difference else None):
            if new is not None:
                paths.add(new.path)
            if len(paths) > _MAX_DATED_PATHS:
                return {}
        times = last_touched(self._clone, self._commit, paths, subtree=self._subtree, known=known)
        if not self._is_difference:
            found = TouchTimes(commit=self._commit, times=times)
            save_touch_times(self._clone.folder, found, fingerprint=self._fingerprint)
        return times

    def _item(self, entry: Entry, touched_at: int | None) -> DocumentItem:
        problem = _why_not_a_document(entry)
        shown = shown_path(entry.path)
        if problem is not None:
            code, detail = problem
            return DocumentFailure(external_id=shown, path=shown, code=code, detail=detail)
        return DocumentRef(
            external_id=shown,
            revision=f"{entry.object_id.decode('ascii')}-{entry.mode:o}",
            path=shown,
            uri=f"{self._address}/{quote(shown)}",
            mime=media_type_of(shown),
            updated_at=None if touched_at is None else _as_datetime(touched_at),
        )


def find_tree(clone: Clone, commit: bytes, subtree: str) -> bytes | None:
    """The folder's tree in this commit; None where there is no such folder. Raises ObjectGone."""
    found = find_folder(clone.tree, clone.commit(commit).tree, subtree)
    return found.object_id if found is not None and found.is_folder else None


def require_subtree(clone: Clone, commit: bytes | None, subtree: str) -> None:
    """Raises SourceMisconfigured where the folder that is the source's scope does not exist."""
    if not subtree:
        return
    if commit is None or find_tree(clone, commit, subtree) is None:
        raise SourceMisconfigured(f"The branch has no folder {subtree!r}.")


def _why_not_a_document(entry: Entry) -> tuple[str, str] | None:
    """A code and an explanation; None for a regular file with a proper name."""
    try:
        entry.path.decode("utf-8")
    except UnicodeDecodeError:
        return "name_not_utf8", "The file's name is not valid UTF-8. Rename it."
    if stat.S_ISREG(entry.mode):
        return None
    if stat.S_ISLNK(entry.mode):
        return "symbolic_link", "Symbolic links are not followed. Commit the file itself here."
    if entry.mode == _SUBMODULE:
        return "submodule", "Submodules are not followed. Register the other repository as well."
    return "not_a_file", "This is not a regular file."


def _address(config: GitConfig, branch: str) -> str:
    """What a document's path is put behind: its page, where the repository is on a forge."""
    if config.is_local:
        return config.local_path.as_uri()
    parts = urlsplit(config.url)
    path = parts.path.rstrip("/").removesuffix(".git")
    return f"{parts.scheme}://{parts.netloc}{path}/blob/{quote(branch)}"


def _as_datetime(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
