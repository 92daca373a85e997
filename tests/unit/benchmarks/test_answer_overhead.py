"""What the benchmark of answers makes of times that are known."""

from __future__ import annotations

import pytest

from benchmarks.answer_overhead.figures import figures_of
from benchmarks.answer_overhead.streams import Stream


def test_models_own_time_is_taken_out() -> None:
    events = [("meta", 10.1), ("sources", 12.3), ("claim", 12.3), ("claim", 14.4), ("done", 14.5)]
    stream = Stream("Why?", asked_at=10.0, events=events, model="pace-20", status="answered")
    written = [
        # An earlier stream's.
        {"question": "Why?", "asked_at": 5.0, "sentences_at": [6.0]},
        {"question": "Why?", "asked_at": 10.2, "sentences_at": [12.0, 14.0]},
        {"question": "How?", "asked_at": 10.3, "sentences_at": [12.2]},
    ]
    rows = figures_of([stream], written).rows
    assert rows["first event (meta)"] == pytest.approx([0.1])
    assert rows["before the model"] == pytest.approx([0.2])
    assert rows["behind the model, a claim"] == pytest.approx([0.3, 0.4])
    assert rows["first claim, without the model"] == pytest.approx([0.5])
    assert rows["largest gap"] == pytest.approx([2.2])
    assert rows["done"] == pytest.approx([4.5])


def test_quoted_answer_says_nothing_of_the_model() -> None:
    events = [("meta", 0.1), ("claim", 0.2), ("done", 0.3)]
    stream = Stream("Why?", asked_at=0.0, events=events, model="extractive", status="answered")
    written = [{"question": "Why?", "asked_at": 0.1, "sentences_at": [0.15]}]
    assert "before the model" not in figures_of([stream], written).rows
