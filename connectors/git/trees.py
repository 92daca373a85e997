"""Trees as ordered lists of files, and what differs between two of them."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Entry(NamedTuple):
    """One line of a tree. `path` is from the repository's root."""

    path: bytes
    mode: int
    object_id: bytes

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)


ReadTree = Callable[[bytes], list[tuple[bytes, int, bytes]]]
"""The (name, mode, object id) of a tree's own lines."""

Change = tuple[Entry | None, Entry | None]
"""What was there and what is; never None twice."""


def iter_changes(
    read_tree: ReadTree,
    old: bytes | None,
    new: bytes | None,
    *,
    folder: bytes = b"",
    after: bytes | None = None,
) -> Iterator[Change]:
    """The files that differ between two trees, by path in the order of their bytes, lazily.

    With `old` None these are all the files of `new`. `folder` is where both trees are, and ends
    with "/" unless it is empty. Only paths greater than `after` are named.
    """
    open_folders = [_differing_entries(read_tree, old, new, folder)]
    while open_folders:
        change = next(open_folders[-1], None)
        if change is None:
            open_folders.pop()
            continue
        before, now = change
        entry = now or before
        assert entry is not None  # noqa: S101  (a change has a side)
        if entry.is_folder:
            inner = entry.path + b"/"
            if after is not None and inner <= after and not after.startswith(inner):
                continue
            ids = (before and before.object_id, now and now.object_id)
            open_folders.append(_differing_entries(read_tree, *ids, inner))
        elif after is None or entry.path > after:
            yield change


def find_folder(read_tree: ReadTree, root: bytes, path: str) -> Entry | None:
    """What is at this path of a tree; None where there is nothing."""
    entry = Entry(b"", stat.S_IFDIR, root)
    for part in path.encode().split(b"/") if path else ():
        if not entry.is_folder:
            return None
        lines = (line for line in read_tree(entry.object_id) if line[0] == part)
        found = next(lines, None)
        if found is None:
            return None
        entry = Entry(path.encode(), found[1], found[2])
    return entry


def _differing_entries(
    read_tree: ReadTree, old: bytes | None, new: bytes | None, folder: bytes
) -> Iterator[Change]:
    """Of two trees themselves, without going into folders. A file and a folder never pair up."""
    befores = _entries_by_key(read_tree, old, folder)
    nows = _entries_by_key(read_tree, new, folder)
    for key in sorted(befores.keys() | nows.keys()):
        before, now = befores.get(key), nows.get(key)
        if before != now:
            yield before, now


def _entries_by_key(read_tree: ReadTree, tree: bytes | None, folder: bytes) -> dict[bytes, Entry]:
    entries = {}
    for name, mode, object_id in read_tree(tree) if tree is not None else ():
        entry = Entry(folder + name, mode, object_id)
        # Git's own order: a folder sorts as the beginning of its files' paths.
        entries[name + b"/" if entry.is_folder else name] = entry
    return entries
