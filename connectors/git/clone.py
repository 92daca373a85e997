"""The bare clone in the source's cache folder: made, kept up to date, made again when broken."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from dulwich.errors import GitProtocolError, NotGitRepository
from dulwich.objects import Blob, ObjectID, ShaFile, Tree
from dulwich.objects import Commit as GitCommit
from dulwich.refs import Ref
from dulwich.repo import Repo

from connectors.contract import SourceUnavailable
from connectors.git.client import BROKEN_DATA, Head, Remote
from connectors.git.clone_folder import (
    cache_failure,
    forget_manifest,
    is_sound,
    locked,
    remove_leftovers,
    write_manifest,
)
from connectors.git.history import Commit

_CLONED = Ref(b"refs/heads/cloned")
"""What the next fetch says that it has."""

ObjectT = TypeVar("ObjectT", bound=ShaFile)


class ObjectGone(Exception):
    """The clone does not have it, and neither does the remote branch any more."""


class Clone:
    """Objects of one remote branch. May be used by several threads; others, and other processes,
    may have their own on the same folder, which anyone may empty at any time.

    Reading never waits for the lock: packs appear whole and are not written again. Whoever finds
    something missing or broken sees to it that there is a sound clone, and reads once more.
    """

    def __init__(self, cache_dir: Path, url: str, remote: Remote) -> None:
        name = hashlib.sha256(url.encode()).hexdigest()[:16]
        self._folder = cache_dir / f"git-{name}"
        self._remote = remote
        self._mutex = threading.RLock()
        self._open: Repo | None = None
        self._is_damaged = False

    @property
    def folder(self) -> Path:
        """For what belongs to the clone and may go with it."""
        return self._folder

    def refresh(self) -> Head | None:
        """Fetch the branch. Raises what `Remote.read_head` raises."""
        with self._mutex, locked(self._folder.with_suffix(".lock")):
            if is_sound(self._folder):
                try:
                    return self._update()
                except NotGitRepository:
                    pass  # Somebody took files out of it.
                except SourceUnavailable as error:
                    # What the server sent may be fine, and what it builds upon broken here.
                    cause = error.__cause__
                    if isinstance(cause, GitProtocolError) or not isinstance(cause, BROKEN_DATA):
                        raise
            return self._make()

    def commit(self, object_id: bytes) -> Commit:
        """Raises ObjectGone, and what `refresh` raises."""
        with self._mutex:
            commit = self._read(object_id, GitCommit)
            is_cut_off = self._open is not None and object_id in self._open.get_shallow()
            return Commit(
                tree=commit.tree,
                parents=() if is_cut_off else tuple(commit.parents),
                time=int(commit.commit_time),
            )

    def tree(self, object_id: bytes) -> list[tuple[bytes, int, bytes]]:
        """The lines of one tree. Raises what `commit` raises."""
        tree = self._read(object_id, Tree)
        return [(entry.path, entry.mode, entry.sha) for entry in tree.iteritems()]

    def blob(self, object_id: bytes) -> list[bytes]:
        """A file's bytes in pieces. Raises what `commit` raises."""
        return self._read(object_id, Blob).chunked

    def close(self) -> None:
        with self._mutex:
            if self._open is not None:
                self._open.close()
                self._open = None

    def _read(self, object_id: bytes, expected: type[ObjectT]) -> ObjectT:
        with self._mutex:
            found = self._find(object_id)
            if found is None:
                self.close()  # Others may have put another clone in the place of this one.
                found = self._find(object_id)
            if found is None:
                self.close()
                self._restore()
                found = self._find(object_id)
        if not isinstance(found, expected):
            raise ObjectGone(object_id.decode("ascii", "replace"))
        return found

    def _find(self, object_id: bytes) -> ShaFile | None:
        try:
            if self._open is None:
                self._open = Repo(str(self._folder), bare=True)
            return self._open.object_store[ObjectID(object_id)]
        except (KeyError, NotGitRepository, FileNotFoundError):
            return None
        except (OSError, *BROKEN_DATA):
            self._is_damaged = True
            return None

    def _restore(self) -> None:
        """See to it that there is a sound clone with all that the branch has."""
        if self._is_damaged:
            forget_manifest(self._folder)
            self._is_damaged = False
        self.refresh()

    def _update(self) -> Head | None:
        try:
            remove_leftovers(self._folder)
            with _opened(self._folder) as repo:
                return self._fetch_into(repo)
        except OSError as error:
            raise cache_failure(error) from error

    def _make(self) -> Head | None:
        """Aside, and moved into place once it is whole: a clone killed half way is never seen."""
        self.close()
        unfinished = self._folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            unfinished.mkdir()
            # A name for HEAD, or the library would look for one in this user's git configuration.
            Repo.init_bare(str(unfinished), default_branch=b"cloned").close()
            with _opened(unfinished) as repo:
                head = self._fetch_into(repo)
            shutil.rmtree(self._folder, ignore_errors=True)
            unfinished.rename(self._folder)
        except OSError as error:
            raise cache_failure(error) from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return head

    def _fetch_into(self, repo: Repo) -> Head | None:
        """Raises OSError as well, where the folder cannot be written."""
        head = self._remote.fetch(repo)
        if head is not None:
            repo.refs[_CLONED] = ObjectID(head.commit)
        write_manifest(Path(repo.path))
        return head


@contextmanager
def _opened(folder: Path) -> Iterator[Repo]:
    repo = Repo(str(folder), bare=True)
    try:
        yield repo
    finally:
        repo.close()
