"""The embedded worker: Celery on the in-memory transport, in threads of this process."""

from __future__ import annotations

import threading

import structlog
from celery import Celery
from celery.app.trace import setup_worker_optimizations

from core.answers import AnswerStore
from core.jobs import Doorbell, JobStore, ring_all
from ingest.scheduling import Scheduler

log = structlog.get_logger(__name__)

_RECONCILE_EVERY_S = 2.0


class Reconciler:
    """Rings again while a job is due that nobody holds, starts what is scheduled, and forgets
    answers whose time is over.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        doorbell: Doorbell,
        scheduler: Scheduler,
        answers: AnswerStore,
        workers: int,
    ) -> None:
        self._jobs = jobs
        self._doorbell = doorbell
        self._scheduler = scheduler
        self._answers = answers
        self._workers = workers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reconciler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                self._scheduler.start_due()
                self._answers.forget_expired()
                # Each that hears one goes on to the next job: one for every worker is enough.
                ring_all(self._doorbell, self._jobs.list_due(limit=self._workers))
            except Exception:
                # The next round tries again: without this thread a lost message is lost for good.
                log.exception("reconciling_failed")
            if self._stop.wait(_RECONCILE_EVERY_S):
                return


class EmbeddedWorker:
    """Runs the application's tasks in `concurrency` threads until stopped; one at a time in a
    process.
    """

    def __init__(self, app: Celery, *, concurrency: int) -> None:
        # A pool's thread finds its tasks through Celery's process-wide default application.
        setup_worker_optimizations(app)
        # Not `app.Worker`, which is the command line's: it takes over signals and prints a banner.
        self._worker = app.WorkController(
            pool_cls="threads",
            concurrency=concurrency,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self._thread = threading.Thread(target=self._worker.start, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being done, take nothing new, and return.

        The thread ends by itself, once its wait for messages of up to two seconds is over.
        """
        self._worker.stop()
