"""A listing in pages, each of which is compared with the manifest and committed at once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract import (
    DocumentFailure,
    DocumentRef,
    DocumentRemoved,
    ListingFailure,
    Milestone,
)
from core.catalog.models import Document
from core.errors import VouchError

_LONGEST_WAIT_S = 2.0

Listed = DocumentRef | DocumentFailure | DocumentRemoved | ListingFailure | Milestone
"""What a listing says before its end."""

_Named = DocumentRef | DocumentFailure | DocumentRemoved


def paged(items: Iterable[Listed], size: int) -> Iterator[list[Listed]]:
    """The items in lists of at most `size`, lazily.

    A milestone ends a list that has been waiting, so that a slow listing is kept as it comes; and
    what was named before a failure is handed out before the failure.
    """
    page: list[Listed] = []
    begun = time.monotonic()
    failure = None
    try:
        for item in items:
            page.append(item)
            is_late = time.monotonic() - begun > _LONGEST_WAIT_S
            if len(page) >= size or (is_late and isinstance(item, Milestone)):
                yield page
                page = []
                begun = time.monotonic()
    except VouchError as error:
        failure = error
    if page:
        yield page
    if failure is not None:
        raise failure


def known_documents(
    session: Session, source_id: str, page: Sequence[Listed]
) -> dict[str, Document]:
    """What the manifest has of the page's documents and their parents, by external id."""
    ids = {item.external_id for item in page if isinstance(item, _Named)}
    ids |= {item.parent_id for item in page if isinstance(item, DocumentRef) and item.parent_id}
    rows = session.scalars(
        select(Document).where(Document.source_id == source_id, Document.external_id.in_(ids))
    )
    return {row.external_id: row for row in rows}
