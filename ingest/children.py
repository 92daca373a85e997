"""What a file's members mean for the catalog: which documents appear, change, stay, are gone.

An unpacked document is named after its parent and its path inside. Two files that swap names in an
archive are two changed documents; one that moves is a new and a gone one, whose vectors are reused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from core.catalog.models import Document
from ingest.unpacking.contract import Member, MemberFailure

_SEPARATOR = "!/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What the catalog is to hold of a member. `document` is its row so far; None: it is new."""

    external_id: str
    path: str
    uri: str
    mime: str | None
    size_bytes: int
    updated_at: datetime | None
    acl: tuple[str, ...]
    revision: str
    member: Member
    document: Document | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedChild:
    """A member that could not be taken out. It is there, so its row, if it has one, stays."""

    external_id: str
    path: str
    uri: str
    acl: tuple[str, ...]
    code: str
    detail: str
    document: Document | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildPlan:
    """Every member once, and every known child that is none of them. In the order of the members,
    and of the known children.

    Whether an unchanged child needs indexing all the same (its last attempt failed, the generation
    is another), and whether its list of readers changed, is for the caller to see on its row.
    """

    new: tuple[Child, ...]
    changed: tuple[Child, ...]
    unchanged: tuple[Child, ...]
    failed: tuple[FailedChild, ...]
    gone: tuple[Document, ...]


def plan_children(
    parent: Document,
    existing: Sequence[Document],
    members: Sequence[Member],
    *,
    failures: Sequence[MemberFailure] = (),
) -> ChildPlan:
    """Compare the parent's known children with what its file holds now.

    `existing` are the documents whose parent it is. Those that a listing names are the listing's:
    they are never gone here, and a member of the same external id is passed over. By `failures`
    (see MemberFailure), what lies in a container that was not read to its end counts as there.
    """
    known = {document.external_id: document for document in existing}
    listed = {document.external_id for document in existing if not document.is_unpacked}
    children = [
        child
        for member in members
        if (child := _child(parent, member, known)).external_id not in listed
    ]
    named = {child.external_id for child in children} | listed
    failed = [
        child
        for child in _failed_children(parent, failures, known)
        if child.external_id not in named
    ]
    named |= {child.external_id for child in failed}
    unread = tuple(_prefix(parent, failure) for failure in failures)
    return ChildPlan(
        new=tuple(child for child in children if child.document is None),
        changed=tuple(child for child in children if child.document and not _is_same(child)),
        unchanged=tuple(child for child in children if child.document and _is_same(child)),
        failed=tuple(failed),
        gone=tuple(
            document
            for external_id, document in known.items()
            if external_id not in named and not external_id.startswith(unread)
        ),
    )


def _child(parent: Document, member: Member, known: dict[str, Document]) -> Child:
    external_id = _external_id(parent, member.name)
    return Child(
        external_id=external_id,
        path=f"{parent.path}/{member.name}",
        uri=_uri(parent, member.name),
        mime=member.mime,
        size_bytes=member.size_bytes,
        updated_at=member.modified_at or parent.updated_at,
        acl=tuple(parent.acl),
        revision=member.content_hash,
        member=member,
        document=known.get(external_id),
    )


def _failed_children(
    parent: Document, failures: Iterable[MemberFailure], known: dict[str, Document]
) -> list[FailedChild]:
    """The first failure of each name; that of the file as a whole is no child's."""
    children: dict[str, FailedChild] = {}
    for failure in failures:
        if not failure.name:
            continue
        external_id = _external_id(parent, failure.name)
        child = FailedChild(
            external_id=external_id,
            path=f"{parent.path}/{failure.name}",
            uri=_uri(parent, failure.name),
            acl=tuple(parent.acl),
            code=failure.code,
            detail=failure.detail,
            document=known.get(external_id),
        )
        children.setdefault(external_id, child)
    return list(children.values())


def _is_same(child: Child) -> bool:
    """Whether the index says all that it is to say of the child, once it is indexed."""
    fields = ("revision", "path", "uri", "mime", "updated_at")
    return all(getattr(child.document, name) == getattr(child, name) for name in fields)


def _external_id(parent: Document, name: str) -> str:
    return f"{parent.external_id}{_SEPARATOR}{name}"


def _uri(parent: Document, name: str) -> str:
    # A URI has one fragment.
    joint = "/" if "#" in parent.uri else "#"
    return f"{parent.uri}{joint}{quote(name)}"


def _prefix(parent: Document, failure: MemberFailure) -> str:
    return _external_id(parent, f"{failure.name}/" if failure.name else "")
