"""The one Celery task: there is a job. What it is stands in the catalog."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

RUN_JOB = "vouch.run_job"
# Who hears one does whatever job is next and rings again while more is due, so that this many wake
# every worker. More would lie in the broker as long as a sync takes.
MAX_WAITING_RINGS = 64
_QUEUE = "vouch"
_NUMBERS = itertools.count(1)
# What to call, by the queue that was rung in: as many as there are applications in the process.
_CALLED: dict[str, Callable[[], None]] = {}


def build_celery(*, broker_url: str, run_next: Callable[[], None]) -> Celery:
    """A Celery application whose task calls `run_next`: which job that is, the catalog decides.

    Its messages may be lost or doubled, so nothing is acknowledged late and no result is kept.

    Several applications in one process share the in-memory broker, and the table in which a pool's
    thread looks for its tasks. Each has a queue of its own there, named in its messages, by which
    whichever task is found calls the right `run_next`.
    """
    is_shared = broker_url.startswith("memory:")
    queue = f"{_QUEUE}.{next(_NUMBERS)}" if is_shared else _QUEUE
    _CALLED[queue] = run_next
    app = Celery("vouch", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_default_queue=queue,
        task_ignore_result=True,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        # The in-memory transport looks for messages once a second unless told otherwise.
        broker_transport_options={"polling_interval": 0.02},
    )

    def look_for_job(job_id: str, rung_in: str) -> None:
        _CALLED[rung_in]()

    # Shared tasks would register with every Celery application of the process.
    app.task(look_for_job, name=RUN_JOB, shared=False)
    return app


class CeleryDoorbell:
    """Rings by sending a message, unless enough of them wait already. Where the broker is away, the
    reconciler rings later.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def ring(self, job_id: str) -> None:
        try:
            if self.count_waiting() < MAX_WAITING_RINGS:
                self._app.send_task(RUN_JOB, args=[job_id, self._app.conf.task_default_queue])
        except OperationalError:
            log.warning("doorbell_unreachable", job_id=job_id, exc_info=True)

    def count_waiting(self) -> int:
        """Messages that no worker has taken yet. Raises kombu's OperationalError."""
        with self._app.connection_or_acquire() as connection:
            queue = self._app.amqp.queues[self._app.conf.task_default_queue]
            return int(queue.bind(connection.default_channel).queue_declare().message_count)
