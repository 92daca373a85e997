"""What a reference of a listing means for the document that the manifest has."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import DocumentRef
from core.catalog.models import Document, DocumentState, Source


def needs_indexing(document: Document, ref: DocumentRef, *, generation_id: str) -> bool:
    """Whether the document's file is to be read again."""
    match document.state:
        case DocumentState.PENDING:
            return True
        case DocumentState.INDEXED:
            return (
                document.indexed_revision != ref.revision
                or document.generation_id != generation_id
                or reads_differently(document, ref)
            )
        case DocumentState.FAILED:
            # The same bytes fail the same way again, unless waiting may help.
            return (
                document.revision != ref.revision
                or document.failure_is_transient
                or reads_differently(document, ref)
            )


def reads_differently(document: Document, ref: DocumentRef) -> bool:
    """Whether the same bytes may give other text and other words: name and type choose the parser,
    and BM25 has the words of the path.
    """
    return (document.path, document.mime) != (ref.path, ref.mime)


def is_described_differently(document: Document, ref: DocumentRef) -> bool:
    """Whether the index holds something of the document that its source says otherwise now."""
    return (document.uri, document.updated_at) != (ref.uri, ref.updated_at)


def acl_of(ref: DocumentRef, *, source: Source, known: Mapping[str, Document]) -> list[str]:
    """Who may read the document: what it says itself, else its parent, else its source."""
    if ref.acl is not None:
        return list(ref.acl)
    if ref.parent_id is None:
        return list(source.acl)
    parent = known.get(ref.parent_id)
    # A parent that was never listed says nothing, and then nobody may read.
    return [] if parent is None else list(parent.acl)
