"""What lies inside a document's file, ready to be indexed with it: attachments, archives' files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import UUID, uuid5

import structlog

from core.catalog.models import Document, DocumentState
from core.errors import TransientError, VouchError
from ingest.children import Child, ChildPlan, FailedChild, plan_children
from ingest.parsers.contract import ParseError
from ingest.parsing import ParsingSandbox
from ingest.preparing import PreparedDocument

log = structlog.get_logger(__name__)

_NAMESPACE = UUID("6f0c0f0e-5a52-4f3c-9a37-0d5a3c1c9a55")

PrepareFile = Callable[[Document, Path], PreparedDocument]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedMember:
    """A member's row as it is to be, and what the index is to hold of it or why it cannot."""

    document: Document
    is_new: bool
    prepared: PreparedDocument | None
    failure: tuple[str, str, bool] | None
    """Code, detail, and whether it is transient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedMembers:
    """What changed inside a file. Members that are not named are as they were."""

    members: tuple[PreparedMember, ...] = ()
    gone_ids: tuple[str, ...] = ()


def prepare_members(
    parent: Document,
    known: Sequence[Document],
    file: Path,
    *,
    sandbox: ParsingSandbox,
    prepare_file: PrepareFile,
    generation_id: str,
) -> PreparedMembers:
    """Unpack the file and prepare those of its members that are new, changed or unfinished.

    A file that cannot be unpacked has no members that are known to be gone.
    """
    with tempfile.TemporaryDirectory(prefix="vouch-unpack-") as folder:
        try:
            unpacked = sandbox.unpack(
                file,
                filename=PurePosixPath(parent.path).name,
                mime=parent.mime,
                into=Path(folder),
            )
        except ParseError as error:
            log.warning("document_not_unpacked", document_id=parent.id, reason=error.code)
            return PreparedMembers()
        plan = plan_children(parent, known, unpacked.members, failures=unpacked.failures)
        members = [
            _prepare(child, parent, prepare_file)
            for child in (*plan.new, *plan.changed, *_unfinished(plan, generation_id))
        ]
    members += [_refused(child, parent) for child in plan.failed]
    return PreparedMembers(
        members=tuple(members), gone_ids=tuple(document.id for document in plan.gone)
    )


def needs_unpacking(known: Sequence[Document], generation_id: str) -> bool:
    """Whether a file that did not change has members that are not indexed as they should be."""
    return any(
        document.is_unpacked and not _is_settled(document, generation_id) for document in known
    )


def _unfinished(plan: ChildPlan, generation_id: str) -> list[Child]:
    return [
        child
        for child in plan.unchanged
        if child.document is not None and not _is_settled(child.document, generation_id)
    ]


def _is_settled(document: Document, generation_id: str) -> bool:
    if document.state == DocumentState.FAILED:
        return not document.failure_is_transient
    return document.state == DocumentState.INDEXED and document.generation_id == generation_id


def _prepare(child: Child, parent: Document, prepare_file: PrepareFile) -> PreparedMember:
    document = child.document or _new_document(child, parent)
    document.path = child.path
    document.uri = child.uri
    document.mime = child.mime
    document.size_bytes = child.size_bytes
    document.updated_at = child.updated_at
    document.acl = list(child.acl)
    document.revision = child.revision
    prepared, failure = None, None
    try:
        prepared = prepare_file(document, child.member.file)
    except VouchError as error:
        failure = (error.code, error.detail, isinstance(error, TransientError))
    return PreparedMember(
        document=document, is_new=child.document is None, prepared=prepared, failure=failure
    )


def _refused(child: FailedChild, parent: Document) -> PreparedMember:
    return PreparedMember(
        document=child.document or _new_document(child, parent),
        is_new=child.document is None,
        prepared=None,
        failure=(child.code, child.detail, False),
    )


def _new_document(child: Child | FailedChild, parent: Document) -> Document:
    """With an id that follows from its name: after a kill, the same points are written again."""
    return Document(
        id=str(uuid5(_NAMESPACE, f"{parent.source_id}\n{child.external_id}")),
        source_id=parent.source_id,
        parent_id=parent.id,
        is_unpacked=True,
        external_id=child.external_id,
        path=child.path,
        uri=child.uri,
        acl=list(child.acl),
        revision="",
        state=DocumentState.PENDING,
        chunk_count=0,
        token_count=0,
    )
