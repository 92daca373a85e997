"""Removing a source: its documents from everywhere, then what is kept of the source itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import delete, select

from core.audit import record_audit
from core.blobs import TextStore
from core.catalog.database import Database
from core.catalog.models import Document, GroupMember, Source
from core.jobs import ClaimedJob, has_running_jobs
from ingest.connecting import SourceConnections
from ingest.indexing import JobLost
from ingest.sync.deletions import delete_documents, with_descendants
from retrieval.index.contract import VectorIndex

_LOOK_AGAIN_S = 0.1


def remove_source(
    job: ClaimedJob,
    *,
    database: Database,
    index: VectorIndex,
    texts: TextStore,
    connections: SourceConnections,
    still_mine: Callable[[], bool],
) -> None:
    """Delete documents with a receipt each, uploads, cache, credentials, runs, groups, the source.

    The source's row goes last, so a removal that was cut short is found and done again. Raises
    JobLost.
    """
    with database.read() as session:
        source = session.get_one(Source, job.source_id)
    _wait_for_others(database, job, still_mine)
    with database.read() as session:
        of_source = select(Document.id).where(Document.source_id == source.id)
        roots = session.scalars(of_source.where(Document.parent_id.is_(None))).all()
        # Children behind their parents; documents that are each other's parents have no root.
        ordered = with_descendants(session, roots)
        ordered = list(dict.fromkeys([*ordered, *session.scalars(of_source)]))
    actor = source.removal_requested_by or "nobody"
    delete_documents(ordered, run_id=None, actor=actor, database=database, index=index, texts=texts)
    connections.forget(source.id)
    with database.write() as session:
        session.execute(delete(GroupMember).where(GroupMember.origin == source.id))
        session.execute(delete(Source).where(Source.id == source.id))
        record_audit(
            session,
            actor=actor,
            action="source_removed",
            subject=source.id,
            documents=len(ordered),
        )


def _wait_for_others(database: Database, job: ClaimedJob, still_mine: Callable[[], bool]) -> None:
    """Until no job of the source is being done, which could still write what is deleted here."""
    while True:
        with database.read() as session:
            if not has_running_jobs(session, job.source_id, besides=job.id):
                return
        if not still_mine():
            raise JobLost
        time.sleep(_LOOK_AGAIN_S)
