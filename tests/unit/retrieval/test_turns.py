"""Whose turn it is to use a model."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from retrieval.embedders.turns import Turns, asked_now


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def wait_for(turns: Turns, count: int) -> None:
    """Until so many wait."""
    deadline = time.monotonic() + 20
    while turns.waiting < count:
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.001)


def order(turns: Turns, clock: Clock, arrivals: Sequence[tuple[float, int]]) -> list[int]:
    """In which order sizes get their turns that come at these times, while the first one lasts."""
    done: list[int] = []

    def work(size: int) -> None:
        with turns.take(size):
            done.append(size)

    threads = []
    with turns.take(1):
        for number, (clock.now, size) in enumerate(arrivals, start=1):
            threads.append(threading.Thread(target=work, args=(size,)))
            threads[-1].start()
            wait_for(turns, number)
        assert done == []
    for thread in threads:
        thread.join(timeout=20)
    return done


def test_short_ones_go_before_long_ones_and_equal_ones_as_they_come() -> None:
    clock = Clock()
    turns = Turns(clock=clock)
    sizes = [200_000, 15_000, 100, 15_000, 90]
    assert order(turns, clock, [(0.0, size) for size in sizes]) == [
        90,
        100,
        15_000,
        15_000,
        200_000,
    ]


def test_long_one_that_has_waited_goes_before_a_short_one() -> None:
    clock = Clock()
    turns = Turns(clock=clock)
    assert order(turns, clock, [(0.0, 15_000), (14.0, 100), (16.0, 90)]) == [100, 15_000, 90]


def test_answer_that_was_asked_for_first_goes_first() -> None:
    turns = Turns()
    done: list[str] = []
    begun = {"first": threading.Event(), "second": threading.Event()}
    go_on = {"first": threading.Event(), "second": threading.Event()}

    def answer(name: str) -> None:
        with asked_now():
            begun[name].set()
            go_on[name].wait(timeout=20)
            with turns.take(100):
                done.append(name)

    threads = [threading.Thread(target=answer, args=(name,)) for name in begun]
    with turns.take(1):
        for thread, started in zip(threads, begun.values(), strict=True):
            thread.start()
            assert started.wait(timeout=20)
        # They come in the other order.
        for number, name in enumerate(("second", "first"), start=1):
            go_on[name].set()
            wait_for(turns, number)
    for thread in threads:
        thread.join(timeout=20)
    assert done == ["first", "second"]


def test_turn_ends_with_an_error() -> None:
    turns = Turns()
    try:
        with turns.take(1):
            raise ValueError
    except ValueError:
        pass
    with turns.take(1):
        assert turns.waiting == 0


def test_never_two_at_once() -> None:
    turns = Turns()
    inside = most = 0

    def work() -> None:
        nonlocal inside, most
        for size in range(200):
            with turns.take(size):
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (inside, most) == (0, 1)
