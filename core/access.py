"""Who may read what: principals, access tokens, and what a request may see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import RequestError

EVERYONE = "everyone"

# A name is what an identity provider calls a user or group: an address, a slug, a directory path.
_TOKEN = re.compile(r"(?:user|group):[^\s,=:][^\s,=]{0,254}")


class InvalidAccessToken(RequestError):
    """An access token is none of `user:NAME`, `group:NAME`, `everyone`."""

    title = "Invalid access token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The user for whom a request is made, and the groups that user is in."""

    user: str
    groups: frozenset[str] = frozenset()

    @property
    def access_tokens(self) -> tuple[str, ...]:
        """The tokens of which a chunk must carry at least one, sorted; never empty."""
        return tuple(
            sorted({EVERYONE, f"user:{self.user}", *(f"group:{group}" for group in self.groups)})
        )


def parse_acl(tokens: Iterable[str]) -> tuple[str, ...]:
    """Check and sort access tokens; repeats are dropped. An empty list means that nobody may read.

    Raises InvalidAccessToken naming the first token that is not one.
    """
    acl = sorted(set(tokens))
    for token in acl:
        if token != EVERYONE and not _TOKEN.fullmatch(token):
            raise InvalidAccessToken(
                f"{token!r} is not an access token. Use user:NAME, group:NAME or everyone."
            )
    return tuple(acl)


def may_read(principal: Principal, acl: Iterable[str]) -> bool:
    """Whether the list grants the principal access."""
    return not set(principal.access_tokens).isdisjoint(acl)
