"""API keys, roles and groups: from a request's credentials to the principal that it acts for."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.access import Principal, parse_acl
from core.audit import record_audit
from core.catalog.database import Database
from core.catalog.models import ApiKey, GroupMember, Role, utc_now
from core.errors import RequestError
from core.secrets import keyed_hash

_KEY_PREFIX = "vouch_"
_SHOWN_CHARS = len(_KEY_PREFIX) + 6


_ADMIN_ORIGIN = "admin"


class Right(StrEnum):
    """What a role may do. Reading a document is never among them: that is the ACL's to grant."""

    SEARCH = "search"
    MANAGE_OWN_SOURCES = "manage_own_sources"
    REVIEW = "review"
    ADMINISTER = "administer"


ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.READER: frozenset({Right.SEARCH}),
    Role.OWNER: frozenset({Right.SEARCH, Right.MANAGE_OWN_SOURCES}),
    Role.REVIEWER: frozenset({Right.SEARCH, Right.REVIEW}),
    Role.ADMIN: frozenset(Right),
}


class NotAuthenticated(RequestError):
    """The request carries no key, or one that is unknown, expired or revoked."""

    title = "Not authenticated"


class NotAllowed(RequestError):
    """The key is good, and its role or rights do not cover this."""

    title = "Not allowed"


class ApiKeyNotFound(RequestError):
    title = "API key not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is asking: the key's role decides what may be done, the principal what may be read."""

    key_id: str
    role: Role
    principal: Principal

    def may(self, right: Right) -> bool:
        return right in ROLE_RIGHTS[self.role]

    def require(self, right: Right) -> None:
        """Raises NotAllowed unless the caller's role has the right."""
        if not self.may(right):
            raise NotAllowed(
                f"A key with the role {self.role.value!r} may not do this; it needs one with the "
                f"right {right.value!r}. Ask an admin for such a key."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A new key. `secret` exists here and nowhere else: it is shown once."""

    id: str
    secret: str


class Identity:
    """Issues and recognises API keys, and knows who is in which group."""

    def __init__(self, *, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret

    def issue_key(
        self,
        *,
        name: str,
        role: Role,
        user: str,
        may_act_for_users: bool = False,
        expires_at: datetime | None = None,
        actor: str,
    ) -> IssuedKey:
        """Make a key that acts for `user`. Raises InvalidAccessToken for an impossible name."""
        parse_acl([f"user:{user}"])
        secret = _KEY_PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(
            name=name,
            key_hash=keyed_hash(self._secret, secret),
            prefix=secret[:_SHOWN_CHARS],
            role=role,
            user=user,
            may_act_for_users=may_act_for_users,
            expires_at=expires_at,
            created_by=actor,
        )
        with self._database.write() as session:
            session.add(key)
            session.flush()
            record_audit(session, actor=actor, action="key_issued", subject=key.id, role=role.value)
        return IssuedKey(id=key.id, secret=secret)

    def list_keys(self) -> list[ApiKey]:
        """Every key, oldest first, without secrets."""
        with self._database.read() as session:
            return list(session.scalars(select(ApiKey).order_by(ApiKey.created_at)))

    def has_keys(self) -> bool:
        with self._database.read() as session:
            return session.scalar(select(ApiKey.id).limit(1)) is not None

    def revoke_key(self, key_id: str, *, actor: str) -> None:
        """From now on the key is refused. Idempotent. Raises ApiKeyNotFound."""
        with self._database.write() as session:
            key = session.get(ApiKey, key_id)
            if key is None:
                raise ApiKeyNotFound(f"There is no API key {key_id}.")
            if key.revoked_at is None:
                key.revoked_at = utc_now()
                record_audit(session, actor=actor, action="key_revoked", subject=key_id)

    def authenticate(self, secret: str | None, *, act_for: str | None = None) -> Caller:
        """The caller behind a key, acting for `act_for` where given.

        Raises NotAuthenticated for a bad key, NotAllowed when the key may not act for others.
        """
        if not secret:
            raise NotAuthenticated(
                "The request carries no API key. Send it as 'Authorization: Bearer KEY'."
            )
        with self._database.read() as session:
            key = session.scalar(
                select(ApiKey).where(ApiKey.key_hash == keyed_hash(self._secret, secret))
            )
            if key is None or not _is_valid(key):
                raise NotAuthenticated(
                    "The API key is unknown, expired or revoked. Ask an admin for a new one."
                )
            user = act_for or key.user
            if user != key.user and not key.may_act_for_users:
                raise NotAllowed(
                    "This key acts for its own user only. Leave the X-Vouch-User header out, "
                    "or use a key that may act for users."
                )
            return Caller(
                key_id=key.id,
                role=key.role,
                principal=Principal(user=user, groups=_groups_of(session, user)),
            )

    def set_group(self, group: str, users: Iterable[str], *, actor: str) -> None:
        """Make exactly these users the group's members, as far as it is set here: what a source's
        system says of a group of this name stays. Raises InvalidAccessToken.
        """
        members = sorted(set(users))
        parse_acl([f"group:{group}", *(f"user:{user}" for user in members)])
        with self._database.write() as session:
            session.execute(
                delete(GroupMember).where(
                    GroupMember.group == group, GroupMember.origin == _ADMIN_ORIGIN
                )
            )
            session.add_all(
                GroupMember(group=group, user=user, origin=_ADMIN_ORIGIN) for user in members
            )
            record_audit(
                session, actor=actor, action="group_set", subject=group, members=len(members)
            )

    def list_groups(self) -> dict[str, list[str]]:
        """Members by group, both sorted."""
        groups: dict[str, list[str]] = {}
        with self._database.read() as session:
            query = (
                select(GroupMember.group, GroupMember.user)
                .distinct()
                .order_by(GroupMember.group, GroupMember.user)
            )
            for member in session.execute(query):
                groups.setdefault(member.group, []).append(member.user)
        return groups


def _is_valid(key: ApiKey) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > utc_now())


def _groups_of(session: Session, user: str) -> frozenset[str]:
    return frozenset(session.scalars(select(GroupMember.group).where(GroupMember.user == user)))
