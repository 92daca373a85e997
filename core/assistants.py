"""Assistants: named ways to answer, which a chat UI calls like models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.access import EVERYONE, may_read, parse_acl
from core.audit import record_audit
from core.catalog.database import Database
from core.catalog.models import AssistantRecord, Source
from core.chunks import SourceId
from core.errors import RequestError
from core.identity import Caller, Right

UnsupportedPolicy = Literal["drop", "mark", "fail"]
"""What becomes of a claim that is not supported: it is left out, it is delivered with its verdict,
or the answer ends with an error.
"""

ModelTierName = Literal["small", "large"]

BUILT_IN_NAME = "vouch"


class AssistantNotFound(RequestError):
    """There is no such assistant, or the caller may not use it: which of the two is not said."""

    title = "Assistant not found"


class AssistantNameTaken(RequestError):
    title = "Assistant name taken"


class AssistantIsBuiltIn(RequestError):
    """The assistant with the defaults can be neither changed nor removed."""

    title = "Assistant is built in"


class UnknownSource(RequestError):
    """An assistant names a source that is not registered."""

    title = "Unknown source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """A way to answer. `acl` are the access tokens of those who may use it; what they may read is
    decided by the documents alone. `sources` are the ids of those that it stays within, None for
    all; ids of sources that are gone find nothing. `tier` None is the configured order, `language`
    (ISO 639-1) None the question's.
    """

    name: str
    description: str
    owner_name: str
    owner_contact: str
    acl: tuple[str, ...] = (EVERYONE,)
    sources: tuple[SourceId, ...] | None = None
    unsupported: UnsupportedPolicy = "drop"
    tier: ModelTierName | None = None
    language: str | None = None
    created_at: datetime
    source_names: Mapping[SourceId, str] = field(default_factory=dict)
    """Of those of `sources` that there are."""


BUILT_IN = Assistant(
    name=BUILT_IN_NAME,
    description="Answers from every document that the asker may read.",
    owner_name="Vouch",
    owner_contact="the operator of this server",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)
"""What is asked where no assistant is named."""


class AssistantStore:
    """Defines assistants, and finds the one that a caller asks for."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def resolve(self, caller: Caller, name: str | None) -> Assistant:
        """The assistant of that name, if the caller's principal may use it; without a name the
        built-in one. An admin's role opens none. Raises AssistantNotFound.
        """
        if name is None or name == BUILT_IN_NAME:
            return BUILT_IN
        with self._database.read() as session:
            record = session.get(AssistantRecord, name)
            if record is None or not may_read(caller.principal, record.acl):
                raise _not_found(name)
            return _assistant(session, record)

    def list_usable(self, caller: Caller) -> list[Assistant]:
        """The assistants that the caller's principal may use: the built-in one, then by name."""
        return [
            assistant for assistant in self._list() if may_read(caller.principal, assistant.acl)
        ]

    def list_visible(self, caller: Caller) -> list[Assistant]:
        """Every assistant for an admin, for others those that they may use."""
        return self._list() if caller.may(Right.ADMINISTER) else self.list_usable(caller)

    def get(self, caller: Caller, name: str) -> Assistant:
        """Any for an admin, for others one that they may use. Raises AssistantNotFound."""
        if not caller.may(Right.ADMINISTER) or name == BUILT_IN_NAME:
            return self.resolve(caller, name)
        with self._database.read() as session:
            return _assistant(session, _get(session, name))

    def create(
        self,
        caller: Caller,
        *,
        name: str,
        owner_name: str,
        owner_contact: str,
        description: str = "",
        acl: Sequence[str] = (EVERYONE,),
        sources: Sequence[str] = (),
        unsupported: UnsupportedPolicy = "drop",
        tier: ModelTierName | None = None,
        language: str | None = None,
    ) -> Assistant:
        """Define an assistant. `sources` are names or ids; none: every source.

        Raises NotAllowed, AssistantNameTaken, InvalidAccessToken, UnknownSource.
        """
        caller.require(Right.ADMINISTER)
        with self._database.write() as session:
            if name == BUILT_IN_NAME or session.get(AssistantRecord, name) is not None:
                raise AssistantNameTaken(
                    f"There is an assistant named {name!r}. Choose another name."
                )
            record = AssistantRecord(
                name=name,
                description=description,
                owner_name=owner_name,
                owner_contact=owner_contact,
                acl=list(parse_acl(acl)),
                source_ids=_source_ids(session, sources),
                unsupported=unsupported,
                tier=tier,
                language=language,
                created_by=caller.principal.user,
            )
            session.add(record)
            session.flush()
            _audit(session, caller, "assistant_created", name)
            return _assistant(session, record)

    def update(self, caller: Caller, name: str, changes: Mapping[str, Any]) -> Assistant:
        """Change what is given, by the names of `create`'s arguments; it holds from the next
        question on.

        Raises NotAllowed, AssistantIsBuiltIn, AssistantNotFound, InvalidAccessToken, UnknownSource.
        """
        caller.require(Right.ADMINISTER)
        with self._database.write() as session:
            record = _get_changeable(session, name)
            for field_name, value in changes.items():
                match field_name:
                    case "acl":
                        record.acl = list(parse_acl(value))
                    case "sources":
                        record.source_ids = _source_ids(session, value)
                    case _:
                        setattr(record, field_name, value)
            _audit(session, caller, "assistant_updated", name)
            session.flush()
            return _assistant(session, record)

    def remove(self, caller: Caller, name: str) -> None:
        """From now on nobody can ask it; answers that it gave stay.

        Raises NotAllowed, AssistantIsBuiltIn, AssistantNotFound.
        """
        caller.require(Right.ADMINISTER)
        with self._database.write() as session:
            session.delete(_get_changeable(session, name))
            _audit(session, caller, "assistant_removed", name)

    def _list(self) -> list[Assistant]:
        with self._database.read() as session:
            records = session.scalars(select(AssistantRecord).order_by(AssistantRecord.name))
            return [BUILT_IN, *(_assistant(session, record) for record in records)]


def _get(session: Session, name: str) -> AssistantRecord:
    record = session.get(AssistantRecord, name)
    if record is None:
        raise _not_found(name)
    return record


def _get_changeable(session: Session, name: str) -> AssistantRecord:
    if name == BUILT_IN_NAME:
        raise AssistantIsBuiltIn(
            f"The assistant {name!r} is built in and stays as it is. Create one of another name."
        )
    return _get(session, name)


def _not_found(name: str) -> AssistantNotFound:
    return AssistantNotFound(
        f"There is no assistant named {name!r} that you may use. GET /v1/assistants lists yours.",
        assistant=name,
    )


def _source_ids(session: Session, wanted: Sequence[str]) -> list[str] | None:
    """Ids, so that another source that takes the name of a removed one does not take its place."""
    if not wanted:
        return None
    found = session.scalars(
        select(Source).where(or_(Source.id.in_(wanted), Source.name.in_(wanted)))
    ).all()
    known = {key for source in found for key in (source.id, source.name)}
    for name in wanted:
        if name not in known:
            raise UnknownSource(f"There is no source {name!r}. `vouch sources` lists them.")
    return sorted({source.id for source in found})


def _assistant(session: Session, record: AssistantRecord) -> Assistant:
    ids = record.source_ids
    names = session.execute(select(Source.id, Source.name).where(Source.id.in_(ids or ())))
    return Assistant(
        name=record.name,
        description=record.description,
        owner_name=record.owner_name,
        owner_contact=record.owner_contact,
        acl=tuple(record.acl),
        sources=None if ids is None else tuple(SourceId(source_id) for source_id in ids),
        # Only what these types admit is ever stored.
        unsupported=cast(UnsupportedPolicy, record.unsupported),
        tier=cast(ModelTierName | None, record.tier),
        language=record.language,
        created_at=record.created_at,
        source_names={SourceId(row.id): row.name for row in names},
    )


def _audit(session: Session, caller: Caller, action: str, name: str) -> None:
    record_audit(session, actor=caller.principal.user, action=action, subject=name)
