"""The circuit breaker, by a clock that the test turns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.breaker import CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(failures_to_open=3, pause_s=30, clock=clock)


def _fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        assert breaker.allows()
        breaker.failed()


def test_opens_after_so_many_failures_in_a_row(breaker: CircuitBreaker) -> None:
    _fail(breaker, 2)
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()


def test_success_starts_the_count_anew(breaker: CircuitBreaker) -> None:
    _fail(breaker, 2)
    breaker.succeeded()
    _fail(breaker, 2)
    assert breaker.allows()


def test_one_call_alone_tries_after_the_pause(breaker: CircuitBreaker, clock: Clock) -> None:
    _fail(breaker, 3)
    clock.now_s += 29.9
    assert not breaker.allows()
    clock.now_s += 0.2
    with ThreadPoolExecutor(max_workers=8) as pool:
        allowed = list(pool.map(lambda _: breaker.allows(), range(40)))
    assert allowed.count(True) == 1


def test_trial_that_succeeds_closes_it(breaker: CircuitBreaker, clock: Clock) -> None:
    _fail(breaker, 3)
    clock.now_s += 31
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_trial_that_fails_opens_it_for_another_pause(breaker: CircuitBreaker, clock: Clock) -> None:
    _fail(breaker, 3)
    clock.now_s += 31
    _fail(breaker, 1)
    clock.now_s += 29
    assert not breaker.allows()
    clock.now_s += 2
    assert breaker.allows()


def test_pause_that_was_asked_for_is_kept_from_the_first_failure(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    assert breaker.allows()
    breaker.failed(retry_after_s=90)
    clock.now_s += 89
    assert not breaker.allows()
    clock.now_s += 2
    assert breaker.allows()


def test_pause_that_was_asked_for_is_ten_minutes_at_most(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.failed(retry_after_s=86_400)
    clock.now_s += 601
    assert breaker.allows()
