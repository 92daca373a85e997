from __future__ import annotations

import pytest

from evaluation.metrics.recall import recall_at_k

_RANKED = ["travel.md", "travel.md", "leave.md", "pay.md", "badge.md"]


@pytest.mark.parametrize(
    ("gold", "k", "needs_every_gold", "expected"),
    [
        # The second distinct document is leave.md.
        (["leave.md"], 1, False, 0.0),
        (["leave.md"], 2, False, 1.0),
        # Alternatives: one is enough.
        (["badge.md", "leave.md", "lost.md"], 2, False, 1.0),
        # Every one needed: 1 of 2 within 2, 2 of 2 within 4.
        (["leave.md", "badge.md"], 2, True, 0.5),
        (["leave.md", "badge.md"], 4, True, 1.0),
        (["lost.md"], 10, False, 0.0),
    ],
)
def test_worked_example(gold: list[str], k: int, needs_every_gold: bool, expected: float) -> None:
    assert recall_at_k(_RANKED, gold, k=k, needs_every_gold=needs_every_gold) == expected


def test_nothing_found_scores_zero() -> None:
    assert recall_at_k([], ["leave.md"], k=5, needs_every_gold=False) == 0.0


@pytest.mark.parametrize(("gold", "k"), [([], 5), (["leave.md"], 0)])
def test_undefined_recall_is_refused(gold: list[str], k: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        recall_at_k(_RANKED, gold, k=k, needs_every_gold=False)
