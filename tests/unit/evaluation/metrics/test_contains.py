from __future__ import annotations

import pytest

from evaluation.metrics.contains import contains_all


@pytest.mark.parametrize(
    ("answer", "must_contain", "expected"),
    [
        ("It is marked as Court Leave.", ["court leave"], True),
        ("Use InVision Cloud\n  or Sync.", ["invision cloud or sync"], True),
        ("The “Don’t” rule, 2–3 days", ['"don\'t" rule', "2-3 days"], True),
        ('The "don\'t" rule', ["“Don’t” rule"], True),
        ("Cloud only", ["Cloud", "Sync"], False),
        ("14 days", ["two weeks"], False),
        ("", ["anything"], False),
        ("anything", [], True),
    ],
)
def test_worked_example(answer: str, must_contain: list[str], expected: bool) -> None:
    assert contains_all(answer, must_contain) is expected
