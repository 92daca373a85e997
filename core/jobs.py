"""Jobs: what they carry, and how a worker takes one. The row is the truth, a message a doorbell.

A lost or doubled message, a killed worker or a restarted broker loses nothing: `list_due` names
every job that nobody holds, and whoever asks rings again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from core.catalog.database import Database
from core.catalog.models import Job, JobState, new_id, utc_now


class _Payload(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str


class SyncSource(_Payload):
    """List the run's source and decide what to do with each document."""

    kind: Literal["sync_source"] = "sync_source"


class IndexDocuments(_Payload):
    """Fetch, parse, chunk, embed and index these documents of the run's source."""

    kind: Literal["index_documents"] = "index_documents"
    document_ids: tuple[str, ...]


class FinishRun(_Payload):
    """Delete what the source no longer has, within the guard, and close the run."""

    kind: Literal["finish_run"] = "finish_run"


JobPayload = SyncSource | IndexDocuments | FinishRun

_PAYLOADS: TypeAdapter[JobPayload] = TypeAdapter(Annotated[JobPayload, Field(discriminator="kind")])


class Doorbell(Protocol):
    """Tells some worker to look at a job. May be lost, may ring twice."""

    def ring(self, job_id: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedJob:
    """A job that its holder alone may work on until the lease runs out."""

    id: str
    payload: JobPayload
    attempt: int
    lease_owner: str


def add_job(session: Session, payload: JobPayload, *, unique_key: str) -> str | None:
    """Add a job in the caller's transaction; ring for it after the commit.

    Returns its id, or None when a job with this key was added before.
    """
    if session.scalar(select(Job.id).where(Job.unique_key == unique_key)) is not None:
        return None
    job = Job(
        id=new_id(), unique_key=unique_key, run_id=payload.run_id, payload=payload.model_dump()
    )
    session.add(job)
    session.flush()
    return job.id


def ring_all(doorbell: Doorbell, job_ids: Iterable[str | None]) -> None:
    """Ring for each job that was added."""
    for job_id in job_ids:
        if job_id is not None:
            doorbell.ring(job_id)


def has_unfinished_jobs(session: Session, run_id: str, *, besides: str) -> bool:
    """Whether the run has a job, other than the one named, that is still to be done."""
    return (
        session.scalar(
            select(Job.id)
            .where(Job.run_id == run_id, Job.id != besides)
            .where(Job.state.in_([JobState.PENDING, JobState.RUNNING]))
            .limit(1)
        )
        is not None
    )


class JobStore:
    """Takes, keeps and gives back jobs. Every method is one short transaction."""

    def __init__(self, *, database: Database, lease: timedelta) -> None:
        self._database = database
        self._lease = lease

    def claim(self, job_id: str) -> ClaimedJob | None:
        """Take the job if nobody holds it and it is due; None otherwise, as after a second ring."""
        now = utc_now()
        owner = new_id()
        with self._database.write() as session:
            taken = session.scalar(
                update(Job)
                .where(Job.id == job_id, Job.not_before <= now, _is_free(now))
                .values(
                    state=JobState.RUNNING,
                    attempts=Job.attempts + 1,
                    lease_owner=owner,
                    lease_expires_at=now + self._lease,
                )
                .returning(Job.id)
            )
            if taken is None:
                return None
            job = session.get_one(Job, job_id)
            return ClaimedJob(
                id=job.id,
                payload=_PAYLOADS.validate_python(job.payload),
                attempt=job.attempts,
                lease_owner=owner,
            )

    def heartbeat(self, job: ClaimedJob) -> bool:
        """Extend the lease. False when the job is no longer held: its holder must stop."""
        return self._update_held(job, lease_expires_at=utc_now() + self._lease)

    def finish(self, job: ClaimedJob) -> bool:
        """Mark the job done. False when it is no longer held."""
        return self._update_held(job, state=JobState.DONE, lease_owner=None, lease_expires_at=None)

    def fail(self, job: ClaimedJob, *, error_code: str) -> bool:
        """Give the job up for good. False when it is no longer held."""
        return self._update_held(
            job,
            state=JobState.FAILED,
            error_code=error_code,
            lease_owner=None,
            lease_expires_at=None,
        )

    def retry_later(self, job: ClaimedJob, *, delay: timedelta, error_code: str) -> bool:
        """Give the job back, to be taken again after `delay`. False when it is no longer held."""
        return self._update_held(
            job,
            state=JobState.PENDING,
            not_before=utc_now() + delay,
            error_code=error_code,
            lease_owner=None,
            lease_expires_at=None,
        )

    def list_due(self, *, limit: int = 100) -> Sequence[str]:
        """Ids of jobs that are due and held by nobody, oldest first."""
        now = utc_now()
        with self._database.read() as session:
            return session.scalars(
                select(Job.id)
                .where(Job.not_before <= now, _is_free(now))
                .order_by(Job.created_at)
                .limit(limit)
            ).all()

    def release_all(self) -> int:
        """Free every held job; returns how many. Only for a process that is the one worker."""
        with self._database.write() as session:
            freed = session.scalars(
                update(Job)
                .where(Job.state == JobState.RUNNING)
                .values(state=JobState.PENDING, lease_owner=None, lease_expires_at=None)
                .returning(Job.id)
            ).all()
            return len(freed)

    def _update_held(self, job: ClaimedJob, **values: object) -> bool:
        with self._database.write() as session:
            updated = session.scalar(
                update(Job)
                .where(Job.id == job.id, Job.lease_owner == job.lease_owner)
                .values(**values)
                .returning(Job.id)
            )
            return updated is not None


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(
        Job.state == JobState.PENDING,
        (Job.state == JobState.RUNNING) & (Job.lease_expires_at < now),
    )
