from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from sklearn.metrics import cohen_kappa_score

from core.errors import ConfigurationError
from evaluation.judge.agreement import agreement, cohens_kappa, measure_agreement
from evaluation.judge.agreement_table import print_agreement
from evaluation.judge.labels import LabelledCase, load_labels
from evaluation.judge.lexical import LexicalJudge
from evaluation.judgements import GRADES, Grade
from tests.unit.evaluation.judge.fakes import IDENTITY, FakeJudge

_EXAMPLES = Path(__file__).parents[4] / "examples"
_GRADE = st.sampled_from(GRADES)


def test_kappa_of_the_worked_example() -> None:
    """Two readers of 50 proposals: both yes 20, both no 15, 5 and 10 apart. They agree on .7,
    chance alone on .5: (.7 - .5) / (1 - .5) = .4.
    """
    assert cohens_kappa(np.array([[20.0, 5.0], [10.0, 15.0]])) == pytest.approx(0.4)


@given(st.lists(st.tuples(_GRADE, _GRADE), min_size=1, max_size=40))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[Grade, Grade]]) -> None:
    labels, grades = zip(*pairs, strict=True)
    found = agreement(labels, grades, judge=IDENTITY)
    if len({*labels, *grades}) == 1:
        assert found.kappa is None
    else:
        assert found.kappa == pytest.approx(cohen_kappa_score(labels, grades))
    assert found.raw == pytest.approx(np.mean([a == b for a, b in pairs]))


def test_agreement_counts_by_grade_and_leaves_out_what_was_not_judged() -> None:
    labels: list[Grade] = ["correct", "correct", "partial", "incorrect", "missing"]
    grades: list[Grade | None] = ["correct", "incorrect", "partial", None, "missing"]
    found = agreement(labels, grades, judge=IDENTITY)
    assert (found.judged, found.not_judged) == (4, 1)
    assert found.raw == 0.75
    assert found.confusion.tolist() == [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]
    assert found.raw_interval is not None
    assert found.kappa_interval is not None
    assert found.raw_interval.low < 0.75 < found.raw_interval.high
    assert found.kappa_interval.low < 1 == found.kappa_interval.high


def test_nothing_judged_has_no_agreement() -> None:
    found = agreement(["correct"], [None], judge=IDENTITY)
    assert (found.raw, found.kappa, found.kappa_interval) == (None, None, None)
    print_agreement([found], Console(file=StringIO()))


def _cases() -> list[LabelledCase]:
    rows: list[tuple[str, Grade]] = [("a", "correct"), ("b", "incorrect"), ("c", "partial")]
    return [
        LabelledCase(question="q", reference="r", answer=answer, label=label)
        for answer, label in rows
    ]


def test_judge_is_measured_on_every_case_and_its_errors_are_counted() -> None:
    judge = FakeJudge({"a": "correct", "b": "correct"})
    calls: list[None] = []
    found = measure_agreement(_cases(), judge, concurrency=2, on_judged=lambda: calls.append(None))
    assert (found.judged, found.not_judged, found.raw) == (2, 1, 0.5)
    assert len(calls) == 3
    assert found.judge == IDENTITY


def test_table_shows_each_judge_and_the_confusion_of_the_first() -> None:
    console = Console(record=True, width=100, file=StringIO())
    first = measure_agreement(_cases(), FakeJudge({"a": "correct", "b": "correct"}))
    print_agreement([first, measure_agreement(_cases(), LexicalJudge())], console)
    lines = console.export_text().splitlines()
    assert lines[1].split()[:4] == ["fake", "2", "1", "0.500"]
    assert lines[2].startswith("lexical")
    assert any(line.split() == ["incorrect", "1", "0", "0", "0"] for line in lines)


def test_labels_of_the_example_cover_every_grade_and_right_and_wrong_refusals() -> None:
    cases = load_labels(_EXAMPLES / "judge_labels.jsonl")
    assert len(cases) >= 40
    assert {case.label for case in cases} == set(GRADES)
    assert {case.label for case in cases if case.reference is None} == {"correct", "incorrect"}


def test_lexical_judge_agrees_with_the_example_beyond_chance_and_not_by_much() -> None:
    """If it agreed well, the labels would be too easy to tell a judge by."""
    found = measure_agreement(load_labels(_EXAMPLES / "judge_labels.jsonl"), LexicalJudge())
    assert found.kappa is not None
    assert 0.1 < found.kappa < 0.6


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"question": "q", "reference": "r", "answer": "a", "label": "good"}', "label: "),
        ('{"question": "q", "answer": "a", "label": "correct"}', "reference: "),
        ("{", "not JSON"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, line: str, problem: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(f"\n{line}\n")
    with pytest.raises(ConfigurationError, match=f"line 2: {problem}"):
        load_labels(file)


def test_file_without_labels_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text("\n")
    with pytest.raises(ConfigurationError, match="no labelled answers"):
        load_labels(file)
