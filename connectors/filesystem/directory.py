"""The machine's users and groups, as access tokens."""

from __future__ import annotations

import grp
import pwd
from collections.abc import Iterable, Iterator

from connectors.contract import Group
from core.access import InvalidAccessToken, parse_acl


class Directory:
    """Looks every id up once. To be made anew for each listing: ids are given to others."""

    def __init__(self) -> None:
        self._users: dict[int, str | None] = {}
        self._groups: dict[int, str | None] = {}
        self._members = {
            f"group:{group.name}": frozenset(f"user:{name}" for name in group.members)
            for group in system_groups()
        }

    def user(self, uid: int) -> str | None:
        """None for an id without a name, or with one that no token can hold."""
        if uid not in self._users:
            try:
                self._users[uid] = _token("user", pwd.getpwuid(uid).pw_name)
            except KeyError:
                self._users[uid] = None
        return self._users[uid]

    def group(self, gid: int) -> str | None:
        """None for an id without a name, or with one that no token can hold."""
        if gid not in self._groups:
            try:
                self._groups[gid] = _token("group", grp.getgrgid(gid).gr_name)
            except KeyError:
                self._groups[gid] = None
        return self._groups[gid]

    def users_of(self, tokens: Iterable[str]) -> frozenset[str]:
        """The users among the tokens, and those in the groups among them."""
        users: set[str] = set()
        for token in tokens:
            users |= {token} if token.startswith("user:") else self._members.get(token, set())
        return frozenset(users)


def system_groups() -> Iterator[Group]:
    """The groups that the machine lists, each with the users whose primary group it is."""
    primary: dict[int, set[str]] = {}
    for user in pwd.getpwall():
        primary.setdefault(user.pw_gid, set()).add(user.pw_name)
    seen: set[str] = set()
    for entry in grp.getgrall():
        if entry.gr_name in seen or _token("group", entry.gr_name) is None:
            continue
        seen.add(entry.gr_name)
        members = primary.get(entry.gr_gid, set()) | set(entry.gr_mem)
        yield Group(
            name=entry.gr_name,
            members=tuple(sorted(name for name in members if _token("user", name) is not None)),
        )


def _token(kind: str, name: str) -> str | None:
    """None where the name holds what a token may not, such as a space."""
    try:
        return parse_acl([f"{kind}:{name}"])[0]
    except InvalidAccessToken:
        return None
