"""Explaining access from the same data that searches are filtered by."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import EVERYONE, Principal, may_read
from core.catalog.database import Database
from core.catalog.models import Document, GroupMember, Source
from core.identity import Caller, Right
from core.sources import SourceNotFound, get_visible_source
from core.visibility import is_hidden, is_stale
from serving.access.schemas import AccessExplanation, GrantInfo
from serving.documents.service import DocumentNotFound

_ITSELF = "itself"


def explain_access(
    database: Database, caller: Caller, *, user: str, document_id: str
) -> AccessExplanation:
    """For admins, and for the owner of the document's source.

    Raises NotAllowed, DocumentNotFound.
    """
    caller.require(Right.MANAGE_OWN_SOURCES)
    with database.read() as session:
        document = session.get(Document, document_id)
        if document is None:
            raise _not_found(document_id)
        try:
            source = get_visible_source(session, caller, document.source_id)
        except SourceNotFound as error:
            raise _not_found(document_id) from error
        origins = _group_origins(session, user)
    principal = Principal(user=user, groups=frozenset(origins))
    is_indexed = document.indexed_revision is not None
    grants = [
        GrantInfo(
            token=token,
            # `everyone` and `user:…` are nobody's to give.
            origins=origins[name] if (name := _group_name(token)) else [_ITSELF],
            is_on_document=token in document.acl,
        )
        for token in principal.access_tokens
    ]
    is_granted = may_read(principal, document.acl)
    return AccessExplanation(
        may_read=is_granted and is_indexed and not is_hidden(source),
        reason=_reason(principal, document, source),
        user=user,
        document_id=document.id,
        path=document.path,
        source=source.name,
        acl=document.acl,
        grants=grants,
        is_source_stale=is_stale(source),
        is_indexed=is_indexed,
    )


def _reason(principal: Principal, document: Document, source: Source) -> str:
    user = principal.user
    if source.removal_requested_by is not None:
        return f"Nobody may: the source {source.name!r} is being removed."
    if is_stale(source):
        return (
            f"Nobody may: the access lists of {source.name!r} are older than its bound of "
            f"{source.access_max_age_s} s. Sync the source."
        )
    if not document.acl:
        return "Nobody may: the document's access list is empty."
    matching = [token for token in principal.access_tokens if token in document.acl]
    if not matching:
        return f"{user} holds none of the tokens on the document's access list."
    if document.indexed_revision is None:
        return f"{user} may, once the document is indexed. Its state is {document.state.value}."
    if EVERYONE in matching:
        return "Everyone may."
    if matching[0].startswith("group:"):
        return f"{user} is in {matching[0]}, which is on the document's access list."
    return f"{matching[0]} is on the document's access list."


def _group_name(token: str) -> str | None:
    return token.removeprefix("group:") if token.startswith("group:") else None


def _group_origins(session: Session, user: str) -> dict[str, list[str]]:
    """The user's groups, each with who says so."""
    rows = session.execute(
        select(GroupMember.group, GroupMember.origin, Source.name)
        .outerjoin(Source, Source.id == GroupMember.origin)
        .where(GroupMember.user == user)
        .order_by(GroupMember.group, GroupMember.origin)
    )
    origins: dict[str, list[str]] = {}
    for row in rows:
        origins.setdefault(row.group, []).append(row.name or row.origin)
    return origins


def _not_found(document_id: str) -> DocumentNotFound:
    return DocumentNotFound(f"There is no document {document_id} in a source of yours.")
