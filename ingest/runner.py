"""Running one job: claim it, keep the lease alive, end it the right way."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from core.errors import TransientError, VouchError
from core.jobs import ClaimedJob, Doorbell, JobStore, ring_all
from core.settings import SyncSettings
from ingest.indexing import JobLost
from ingest.sync.engine import SyncEngine

log = structlog.get_logger(__name__)

# A job that ends its worker raises nothing: it is only seen to be claimed again and again.
_MAX_CLAIMS = 20
_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 300.0


class JobRunner:
    """What a worker calls for every ring of the doorbell. Safe to use from several threads."""

    def __init__(
        self, *, jobs: JobStore, engine: SyncEngine, settings: SyncSettings, doorbell: Doorbell
    ) -> None:
        self._jobs = jobs
        self._doorbell = doorbell
        self._engine = engine
        self._settings = settings

    def run_next(self) -> None:
        """Do the job whose turn it is, if there is one; a ring too many finds nothing to do."""
        job = self._jobs.claim_next()
        if job is None:
            return
        self._run(job)
        # While its source was at its limit, rings for the others were heard and came to nothing.
        ring_all(self._doorbell, self._jobs.list_due(limit=1))

    def _run(self, job: ClaimedJob) -> None:
        if job.attempt > _MAX_CLAIMS:
            self._give_up(job, RuntimeError("claimed too often"), error_code="worker_died")
            return
        with self._heartbeat(job) as lease, structlog.contextvars.bound_contextvars(job_id=job.id):
            try:
                self._engine.run(job, still_mine=lease.is_held)
            except JobLost:
                log.warning("job_lost")
                # Where its run was cancelled, it is still ours to end; else this changes nothing.
                self._jobs.finish(job)
            except VouchError as error:
                self._retry_or_give_up(job, error, error_code=error.code)
            except Exception as error:
                log.exception("job_failed_unexpectedly")
                self._retry_or_give_up(job, error, error_code="internal_error")
            else:
                self._jobs.finish(job)

    def _retry_or_give_up(self, job: ClaimedJob, error: Exception, *, error_code: str) -> None:
        is_worth_retrying = isinstance(error, TransientError) or not isinstance(error, VouchError)
        attempts = self._jobs.count_attempts(job)
        if is_worth_retrying and attempts < self._settings.max_attempts:
            self._jobs.retry_later(job, delay=_delay(attempts, error), error_code=error_code)
            return
        self._give_up(job, error, error_code=error_code)

    def _give_up(self, job: ClaimedJob, error: Exception, *, error_code: str) -> None:
        log.error("job_given_up", job_id=job.id, error_code=error_code, attempts=job.attempt)
        self._engine.give_up(job, error)
        self._jobs.fail(job, error_code=error_code)

    @contextmanager
    def _heartbeat(self, job: ClaimedJob) -> Iterator[_Lease]:
        lease = _Lease()
        done = threading.Event()

        def beat() -> None:
            while not done.wait(self._settings.lease_s / 4):
                if not self._jobs.heartbeat(job):
                    lease.lose()
                    return

        thread = threading.Thread(target=beat, name=f"heartbeat-{job.id[:8]}", daemon=True)
        thread.start()
        try:
            yield lease
        finally:
            done.set()
            thread.join()


class _Lease:
    """Whether the job is still ours, as far as the last heartbeat knows."""

    def __init__(self) -> None:
        self._is_lost = threading.Event()

    def lose(self) -> None:
        self._is_lost.set()

    def is_held(self) -> bool:
        return not self._is_lost.is_set()


def _delay(attempts: int, error: Exception) -> timedelta:
    """What the other side asked for, else doubling with jitter so that retries do not line up."""
    if isinstance(error, TransientError) and error.retry_after_s is not None:
        return timedelta(seconds=error.retry_after_s)
    longest = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 2 ** (attempts - 1))
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311  (no secret)
