"""How fast a source's system is asked. The clock is the test's own."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.pacing import Pacer


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(round(seconds, 6))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


def test_without_a_limit_nobody_waits(clock: Clock) -> None:
    pacer = Pacer()
    for _ in range(100):
        pacer.wait()
    assert clock.slept == []


def test_requests_are_spaced_evenly(clock: Clock) -> None:
    pacer = Pacer(4)
    for _ in range(4):
        pacer.wait()
    assert clock.slept == [0.25, 0.5, 0.75]  # The clock stands still, so each waits for its turn.


def test_time_that_has_passed_is_not_waited_for_again_nor_saved_up(clock: Clock) -> None:
    pacer = Pacer(1)
    pacer.wait()
    clock.now += 10
    pacer.wait()
    pacer.wait()
    assert clock.slept == [1.0]


def test_system_that_asks_to_wait_holds_everyone_back(clock: Clock) -> None:
    pacer = Pacer()
    pacer.hold_back(30)
    pacer.wait()
    pacer.wait()
    assert clock.slept == [30.0, 30.0]
    clock.now += 30
    pacer.wait()
    assert clock.slept == [30.0, 30.0]


def test_shorter_wait_does_not_end_a_longer_one(clock: Clock) -> None:
    pacer = Pacer()
    pacer.hold_back(30)
    pacer.hold_back(5)
    pacer.wait()
    assert clock.slept == [30.0]


def test_threads_share_the_limit(clock: Clock) -> None:
    pacer = Pacer(10)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: pacer.wait(), range(20)))
    assert sorted(clock.slept) == [round(number / 10, 6) for number in range(1, 20)]
