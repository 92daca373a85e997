"""When each path was last touched: one walk over the history for all paths together."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from connectors.git.trees import Entry, find_folder, iter_changes

MAX_COMMITS = 10_000
"""What a walk looks at. Paths that rest for longer have no date."""
_CACHED_TREES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    tree: bytes
    parents: tuple[bytes, ...]
    time: int
    """Seconds since 1970, when it was committed."""


class History(Protocol):
    """Where commits and trees are read from."""

    def commit(self, object_id: bytes) -> Commit: ...

    def tree(self, object_id: bytes) -> list[tuple[bytes, int, bytes]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchTimes:
    """The times of an earlier walk from `commit`."""

    commit: bytes
    times: Mapping[bytes, int] = field(default_factory=dict)


def last_touched(
    history: History,
    head: bytes,
    paths: set[bytes],
    *,
    subtree: str = "",
    known: TouchTimes | None = None,
    max_commits: int = MAX_COMMITS,
) -> dict[bytes, int]:
    """The time of the commit that gave each path its content, seen from `head`. Consumes `paths`.

    A path that a commit shares with one of its parents came from there; one that it shares with
    none was touched by it. So a merge counts only for what it settled itself, as in a forge's
    list of files. The walk ends when every path is settled, at `known`, or after `max_commits`;
    paths left over are missing from the result.
    """
    walk = _Walk(history, subtree)
    walk.leave(head, paths)
    times: dict[bytes, int] = {}
    for _ in range(max_commits):
        step = walk.next_commit()
        if step is None:
            break
        object_id, waiting = step
        if known is not None and object_id == known.commit:
            times |= {path: known.times[path] for path in waiting if path in known.times}
            continue
        commit = history.commit(object_id)
        for parent in commit.parents:
            # In place, and by the smaller set: most paths pass through most commits.
            touched = walk.changed_paths(parent, object_id) & waiting
            waiting -= touched
            walk.leave(parent, waiting)
            waiting = touched
        times |= dict.fromkeys(waiting, commit.time)
    return times


class _Walk:
    """Commits with the paths that wait at them, newest first.

    Clocks differ, so a parent may come before a child; it is then visited again for the paths
    that the child leaves with it.
    """

    def __init__(self, history: History, subtree: str) -> None:
        self._history = history
        self._subtree = subtree
        self._queue: list[tuple[int, bytes]] = []
        self._waiting: dict[bytes, set[bytes]] = {}
        self._read_tree = lru_cache(maxsize=_CACHED_TREES)(history.tree)

    def leave(self, commit: bytes, paths: set[bytes]) -> None:
        """Let these wait at a commit. The set is the walk's from here on."""
        if not paths:
            return
        there = self._waiting.get(commit)
        if there is None:
            self._waiting[commit] = paths
            heapq.heappush(self._queue, (-self._history.commit(commit).time, commit))
            return
        larger, smaller = (there, paths) if len(there) > len(paths) else (paths, there)
        larger |= smaller
        self._waiting[commit] = larger

    def next_commit(self) -> tuple[bytes, set[bytes]] | None:
        if not self._queue:
            return None
        commit = heapq.heappop(self._queue)[1]
        return commit, self._waiting.pop(commit)

    def changed_paths(self, parent: bytes, child: bytes) -> set[bytes]:
        old, new = self._root(parent), self._root(child)
        folder = f"{self._subtree}/".encode() if self._subtree else b""
        changes = iter_changes(
            self._read_tree, old and old.object_id, new and new.object_id, folder=folder
        )
        return {now.path for _, now in changes if now is not None}

    def _root(self, commit: bytes) -> Entry | None:
        tree = self._history.commit(commit).tree
        entry = find_folder(self._read_tree, tree, self._subtree)
        return entry if entry is not None and entry.is_folder else None
