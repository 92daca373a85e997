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
from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session

from core.catalog.database import Database
from core.catalog.models import Job, JobState, Source, new_id, utc_now


class _Payload(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SyncSource(_Payload):
    """List the run's source and decide what to do with each document."""

    kind: Literal["sync_source"] = "sync_source"
    run_id: str


class IndexDocuments(_Payload):
    """Fetch, parse, chunk, embed and index these documents of the run's source."""

    kind: Literal["index_documents"] = "index_documents"
    run_id: str
    document_ids: tuple[str, ...]


class FinishRun(_Payload):
    """Delete what the source no longer has, within the guard, and close the run."""

    kind: Literal["finish_run"] = "finish_run"
    run_id: str


class SyncGroups(_Payload):
    """Ask the source's system who is in which of its groups."""

    kind: Literal["sync_groups"] = "sync_groups"
    source_id: str


class RemoveSource(_Payload):
    """Delete the source and everything that came from it."""

    kind: Literal["remove_source"] = "remove_source"
    source_id: str


JobPayload = SyncSource | IndexDocuments | FinishRun | SyncGroups | RemoveSource

_PAYLOADS: TypeAdapter[JobPayload] = TypeAdapter(Annotated[JobPayload, Field(discriminator="kind")])


class Doorbell(Protocol):
    """Tells some worker that there is a job. May be lost, may ring twice."""

    def ring(self, job_id: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedJob:
    """A job that its holder alone may work on until the lease runs out."""

    id: str
    source_id: str
    payload: JobPayload
    attempt: int
    lease_owner: str


def add_job(
    session: Session, payload: JobPayload, *, source_id: str, unique_key: str
) -> str | None:
    """Add a job in the caller's transaction; ring for it after the commit.

    Returns its id, or None when a job with this key was added before.
    """
    if session.scalar(select(Job.id).where(Job.unique_key == unique_key)) is not None:
        return None
    job = Job(
        id=new_id(),
        unique_key=unique_key,
        source_id=source_id,
        run_id=getattr(payload, "run_id", None),
        payload=payload.model_dump(),
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


def has_running_jobs(session: Session, source_id: str, *, besides: str) -> bool:
    """Whether the source has a job, other than the one named, that somebody holds."""
    return (
        session.scalar(
            select(Job.id)
            .where(Job.source_id == source_id, Job.id != besides)
            .where(Job.state == JobState.RUNNING, Job.lease_expires_at > utc_now())
            .limit(1)
        )
        is not None
    )


def find_unfinished_job(session: Session, *, key_prefix: str) -> str | None:
    """The id of a job that is still to be done, and whose key begins so."""
    return session.scalar(
        select(Job.id)
        .where(Job.unique_key.startswith(key_prefix, autoescape=True))
        .where(Job.state.in_([JobState.PENDING, JobState.RUNNING]))
        .limit(1)
    )


def cancel_jobs(session: Session, run_id: str, *, include_running: bool = True) -> None:
    """End the run's jobs that are still to be done. Who works on one finds it lost."""
    states = [JobState.PENDING, *([JobState.RUNNING] if include_running else [])]
    session.execute(
        update(Job)
        .where(Job.run_id == run_id, Job.state.in_(states))
        .values(state=JobState.CANCELLED, lease_owner=None, lease_expires_at=None)
        .execution_options(synchronize_session=False)
    )


def reset_attempts(session: Session, job: ClaimedJob) -> None:
    """The job got further: what failed before counts no more against it."""
    session.execute(
        update(Job)
        .where(Job.id == job.id)
        .values(attempts=1)
        .execution_options(synchronize_session=False)
    )


class JobStore:
    """Takes, keeps and gives back jobs. Every method is one short transaction."""

    def __init__(self, *, database: Database, lease: timedelta) -> None:
        self._database = database
        self._lease = lease

    def claim_next(self) -> ClaimedJob | None:
        """Take the job whose turn it is, of those that are due and that nobody holds.

        Sources take turns, whatever the number of their jobs: first the one with the fewest jobs
        under way, then the one that was served longest ago. None when there is nothing to take.
        """
        now = utc_now()
        owner = new_id()
        with self._database.write() as session:
            job = session.scalar(_next_in_turn(now))
            if job is None:
                return None
            job.state = JobState.RUNNING
            job.attempts += 1
            job.lease_owner = owner
            job.lease_expires_at = now + self._lease
            source = session.get_one(Source, job.source_id)
            source.last_served_at = now
            return ClaimedJob(
                id=job.id,
                source_id=source.id,
                payload=_PAYLOADS.validate_python(job.payload),
                attempt=job.attempts,
                lease_owner=owner,
            )

    def heartbeat(self, job: ClaimedJob) -> bool:
        """Extend the lease. False when the job is no longer held: its holder must stop."""
        return self._update_held(job, lease_expires_at=utc_now() + self._lease)

    def count_attempts(self, job: ClaimedJob) -> int:
        """How often the job has been taken since it last got further."""
        with self._database.read() as session:
            return session.scalar(select(Job.attempts).where(Job.id == job.id)) or job.attempt

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

    def list_due(self, *, limit: int) -> Sequence[str]:
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


def _next_in_turn(now: datetime) -> Select[Job]:
    running = (
        select(Job.source_id, func.count().label("jobs"))
        .where(Job.state == JobState.RUNNING, Job.lease_expires_at > now)
        .group_by(Job.source_id)
        .subquery()
    )
    jobs_running = func.coalesce(running.c.jobs, 0)
    return (
        select(Job)
        .join(Source, Source.id == Job.source_id)
        .outerjoin(running, running.c.source_id == Job.source_id)
        .where(Job.not_before <= now, _is_free(now))
        .where(or_(Source.max_concurrent_jobs.is_(None), jobs_running < Source.max_concurrent_jobs))
        .order_by(jobs_running, Source.last_served_at.nulls_first(), Job.created_at, Job.id)
        .limit(1)
        .with_for_update(of=Job, skip_locked=True)
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(
        Job.state == JobState.PENDING,
        (Job.state == JobState.RUNNING) & (Job.lease_expires_at < now),
    )
