from __future__ import annotations

import pytest

from evaluation.metrics.mrr import first_gold_rank, reciprocal_rank


@pytest.mark.parametrize(
    ("ranked", "gold", "rank", "expected"),
    [
        (["a", "b", "c"], ["a"], 1, 1.0),
        (["a", "b", "c"], ["c"], 3, 1 / 3),
        # A repeat takes no rank of its own.
        (["a", "a", "b"], ["b"], 2, 0.5),
        # The first of several counts.
        (["a", "b", "c"], ["c", "b"], 2, 0.5),
        (["a", "b", "c"], ["d"], None, 0.0),
        ([], ["d"], None, 0.0),
    ],
)
def test_worked_example(
    ranked: list[str], gold: list[str], rank: int | None, expected: float
) -> None:
    assert first_gold_rank(ranked, gold) == rank
    assert reciprocal_rank(ranked, gold) == expected
