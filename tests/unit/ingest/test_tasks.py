import threading
import time

from ingest.tasks import MAX_WAITING_RINGS, CeleryDoorbell, build_celery
from ingest.worker import EmbeddedWorker


def test_while_no_worker_listens_rings_do_not_pile_up() -> None:
    doorbell = CeleryDoorbell(build_celery(broker_url="memory://piling-up", run_next=lambda: None))

    for number in range(2 * MAX_WAITING_RINGS):
        doorbell.ring(f"job-{number}")

    assert doorbell.count_waiting() == MAX_WAITING_RINGS


def test_a_worker_hears_every_ring_that_waits() -> None:
    heard = threading.Semaphore(0)
    celery = build_celery(broker_url="memory://waiting", run_next=heard.release)
    doorbell = CeleryDoorbell(celery)
    doorbell.ring("first")
    doorbell.ring("second")
    worker = EmbeddedWorker(celery, concurrency=2)

    worker.start()
    try:
        assert heard.acquire(timeout=20)
        assert heard.acquire(timeout=20)
        deadline = time.monotonic() + 20
        while doorbell.count_waiting() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert doorbell.count_waiting() == 0
    finally:
        worker.stop()
