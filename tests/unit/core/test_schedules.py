"""Schedules: what is one, and when it comes true next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.schedules import InvalidSchedule, next_time

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("every 15m", datetime(2026, 3, 2, 12, 15, tzinfo=UTC)),
        ("every 6h", datetime(2026, 3, 2, 18, 0, tzinfo=UTC)),
        ("every 2d", datetime(2026, 3, 4, 12, 0, tzinfo=UTC)),
        ("30 2 * * *", datetime(2026, 3, 3, 2, 30, tzinfo=UTC)),
        ("0 12 * * *", datetime(2026, 3, 3, 12, 0, tzinfo=UTC)),
        ("0 9 * * MON", datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
        ("0 0 29 2 *", datetime(2028, 2, 29, 0, 0, tzinfo=UTC)),
    ],
)
def test_next_time_is_the_first_one_after_now(schedule: str, expected: datetime) -> None:
    assert next_time(schedule, after=NOON, jitter=False) == expected


@pytest.mark.parametrize("schedule", ["every 10m", "every 7d", "0 * * * *"])
def test_jitter_is_a_little_later_and_never_earlier(schedule: str) -> None:
    exact = next_time(schedule, after=NOON, jitter=False)
    times = {next_time(schedule, after=NOON) for _ in range(50)}
    assert len(times) > 1
    assert all(timedelta(0) <= time - exact <= timedelta(minutes=5) for time in times)


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "hourly",
        "every 0m",
        "every 15",
        "every 15s",
        "every 400d",
        "every -5m",
        "* * * *",
        "61 * * * *",
        "0 0 30 2 *",
        "every 99999d",
    ],
)
def test_what_never_comes_true_is_no_schedule(schedule: str) -> None:
    with pytest.raises(InvalidSchedule):
        next_time(schedule, after=NOON)
