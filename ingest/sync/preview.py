"""What a run would do, without doing it: for `--dry-run`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract import DocumentFailure, DocumentRemoved, ListingFailure, Milestone
from core.catalog.models import Document, Source, SyncRun
from ingest.sync.comparing import acl_of, needs_indexing
from ingest.sync.outcome import add_notice
from ingest.sync.pages import Listed, known_documents


class ListingPreview:
    """Counts what pages of one run's listing mean, and changes nothing but the run itself."""

    def __init__(self, *, source: Source, generation_id: str) -> None:
        self._source = source
        self._generation_id = generation_id
        self._named: set[str] = set()
        self._failed_parts: list[str] = []

    def add_page(self, session: Session, run: SyncRun, page: Sequence[Listed]) -> None:
        """Count one page."""
        known = known_documents(session, self._source.id, page)
        for item in page:
            match item:
                case ListingFailure():
                    add_notice(run, f"part failed: {item.path_prefix}: {item.detail}")
                    self._failed_parts.append(item.path_prefix)
                case Milestone():
                    pass
                case DocumentRemoved():
                    if (document := known.get(item.external_id)) is not None:
                        run.deleted += 1
                        add_notice(run, f"would delete: {document.path}")
                case _ if item.external_id in self._named:
                    pass
                case DocumentFailure():
                    self._named.add(item.external_id)
                    run.seen += 1
                    run.failed += 1
                    add_notice(run, f"would fail: {item.path}: {item.detail}")
                case _:
                    self._named.add(item.external_id)
                    run.seen += 1
                    document = known.get(item.external_id)
                    if document is None:
                        run.added += 1
                        add_notice(run, f"would add: {item.path}")
                    elif needs_indexing(document, item, generation_id=self._generation_id):
                        run.changed += 1
                        add_notice(run, f"would read again: {item.path}")
                    elif document.acl != acl_of(item, source=self._source, known=known):
                        run.access_changed += 1
                        add_notice(run, f"would change access: {item.path}")
                    else:
                        run.unchanged += 1

    def add_deletions(self, session: Session, run: SyncRun) -> None:
        """Count what a run that lists the same would find missing, once all pages were added."""
        rows = session.execute(
            select(Document.external_id, Document.path)
            .where(Document.source_id == self._source.id, Document.is_unpacked.is_(False))
            .order_by(Document.path)
        )
        failed_parts = tuple(self._failed_parts)
        for row in rows:
            if row.external_id not in self._named and not row.path.startswith(failed_parts):
                run.deleted += 1
                add_notice(run, f"would delete: {row.path}")
