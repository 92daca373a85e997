"""Carrying into the index what a listing says of documents whose text stays as it is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from core.catalog.models import Document
from core.chunks import DocumentId
from ingest.sync.deletions import with_descendants
from retrieval.index.contract import VectorIndex


def apply_acls(session: Session, index: VectorIndex, documents: Sequence[Document]) -> None:
    """Carry the documents' access lists into the index, and to what was unpacked from them."""
    if not documents:
        return
    for document in documents:
        index.set_acl(DocumentId(document.id), document.acl)
        for child_id in with_descendants(session, [document.id])[1:]:
            child = session.get_one(Document, child_id)
            # A child that a listing names is given its list by that listing.
            if child.is_unpacked:
                child.acl = document.acl
                index.set_acl(DocumentId(child_id), child.acl)
    index.flush()


def apply_descriptions(index: VectorIndex, documents: Sequence[Document]) -> None:
    """Carry the documents' URIs and dates into the index."""
    if not documents:
        return
    for document in documents:
        index.set_description(
            DocumentId(document.id), uri=document.uri, updated_at=document.updated_at
        )
    index.flush()
