"""Who may read, from the permissions that the file system itself keeps.

A document's readers are those whom its own permissions let read it, and whom every folder on the
way, from the source's root on, lets through. Where the permissions say what access lists cannot
(`rw----r--`: everyone but the group), the answer is the narrower one.
"""

from __future__ import annotations

import os
from typing import Self

from connectors.filesystem.access import Acl
from connectors.filesystem.directory import Directory
from connectors.filesystem.permissions import READ, SEARCH, Permissions, permissions_of
from core.access import EVERYONE, parse_acl


class PosixAccess:
    """Says of a folder who gets as far as its files."""

    problem = None

    def __init__(self, reach: frozenset[str], directory: Directory) -> None:
        self._reach = reach
        self._directory = directory

    @classmethod
    def at_root(cls, location: bytes) -> Self:
        # A root that is a link stands for the folder it leads to.
        everyone = cls(frozenset({EVERYONE}), Directory())
        return everyone.enter("", os.path.realpath(location))

    def enter(self, path: str, location: bytes) -> Self:
        try:
            let_through = self._granted(permissions_of(location, os.lstat(location)), SEARCH)
        except OSError:
            let_through = frozenset()
        return type(self)(self._both(self._reach, let_through), self._directory)

    def acl(self, path: str, location: bytes, status: os.stat_result) -> Acl:
        try:
            readers = self._granted(permissions_of(location, status), READ)
        except OSError:
            return ()
        return parse_acl(self._both(self._reach, readers))

    def _granted(self, permissions: Permissions, wanted: int) -> frozenset[str]:
        """The tokens of those who have the permission; ids without a name are nobody."""
        users = [self._directory.user(uid) for uid, bits in permissions.users if bits & wanted]
        groups = [self._directory.group(gid) for gid, bits in permissions.groups if bits & wanted]
        tokens = set(users)
        # Whoever is named with less has less, whatever their groups and everyone may do. The
        # owner has a line too, and can change it.
        if all(bits & wanted for _, bits in permissions.users[1:]):
            tokens.update(groups)
            if permissions.others & wanted and len(groups) == len(permissions.groups):
                tokens.add(EVERYONE)
        return frozenset(token for token in tokens if token is not None)

    def _both(self, one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
        """Those who are in both. Of two groups, the users who are known to be in the two."""
        if EVERYONE in one:
            return other
        if EVERYONE in other:
            return one
        users = self._directory.users_of(one) & self._directory.users_of(other)
        return (one & other) | users
