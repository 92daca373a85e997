from __future__ import annotations

import io

import pytest
from rich.console import Console

from evaluation.comparison import SetsDiffer, compare
from evaluation.comparison_table import print_comparison, verdict_text
from evaluation.runs import Run
from tests.unit.evaluation.fakes import question
from tests.unit.evaluation.stored import QUESTIONS, run

_BEFORE = run("before", {"1": ["b.md", "a.md"], "2": ["a.md"]}, {"1": "X", "3": "Surely."})
_AFTER = run("after", {"1": ["a.md"], "2": ["b.md"]}, {"1": "Y", "2": "Z"})


def test_differences_are_of_the_means_over_the_same_questions() -> None:
    differences = compare(_BEFORE, _AFTER).differences
    # Question 1 went from rank 2 to 1, question 2 from 1 to not found; question 3 has no gold.
    assert (differences["mrr"].before, differences["mrr"].after) == (0.75, 0.5)
    assert differences["mrr"].difference == -0.25
    assert differences["mrr"].n == 2
    assert differences["abstention_recall"].difference == 1.0


def test_each_question_that_changed_says_how() -> None:
    changes = {change.id: change for change in compare(_BEFORE, _AFTER).changes}
    assert (changes["1"].rank_before, changes["1"].rank_after) == (2, 1)
    assert changes["1"].rank_change == "up"
    assert changes["1"].metrics["answer_contains"] == (1.0, 0.0)
    assert (changes["2"].rank_after, changes["2"].rank_change) == (None, "down")
    assert (changes["2"].status_before, changes["2"].status_after) == ("abstained", "answered")
    assert changes["3"].rank_change == "same"
    assert changes["3"].status_after == "abstained"


def test_question_that_stayed_as_it_was_is_left_out() -> None:
    comparison = compare(_BEFORE, _BEFORE)
    assert comparison.changes == ()
    assert comparison.n == 3
    assert all(found.p_value == 1.0 for found in comparison.differences.values())


def test_metric_that_one_run_lacks_is_left_out() -> None:
    without_answers = run("after", {"1": ["b.md", "a.md"], "2": ["a.md"]})
    comparison = compare(_BEFORE, without_answers)
    assert "answer_contains" not in comparison.differences
    assert comparison.moved == []


def test_other_questions_are_refused_and_told() -> None:
    changed = question("2", type_="paraphrase", gold=["c.md"], language="nl")
    other = run("other", {}, questions=[QUESTIONS[0], changed, question("4")])
    expected = "1 only in the first, 1 only in the second, 1 changed, 1 the same"
    with pytest.raises(SetsDiffer, match=expected):
        compare(_BEFORE, other)
    common = compare(_BEFORE, other, is_common_only=True)
    assert common.n == 1
    assert [change.id for change in common.changes] == ["1"]


def test_other_documents_are_refused() -> None:
    other = run("other", {}, corpus="c1")
    with pytest.raises(SetsDiffer, match="same questions of different documents"):
        compare(_BEFORE, other)


def test_runs_without_a_common_question_do_not_compare_at_all() -> None:
    other = run("other", {}, questions=[question("9")])
    with pytest.raises(SetsDiffer, match="no question in common"):
        compare(_BEFORE, other, is_common_only=True)


def _printed(before: Run, after: Run) -> str:
    console = Console(file=io.StringIO(), width=100)
    print_comparison(compare(before, after), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_comparison_is_printed_with_worse_questions_first() -> None:
    lines = [line.split() for line in _printed(_BEFORE, _AFTER).splitlines()]
    mrr = next(line for line in lines if line[:1] == ["mrr"])
    assert mrr[:5] == ["mrr", "2", "0.750", "0.500", "-0.250"]
    assert mrr[-1] == "(worse)"
    *moved, last = [line for line in lines if line and line[0] in ("1", "2", "3")]
    assert [line[0] for line in moved] == ["2", "3", "1"]
    assert last == "1 up, 1 down, 3 compared.".split()


def test_square_brackets_of_a_question_are_shown_and_not_read_as_markup() -> None:
    asked = [question("1").model_copy(update={"question": "What is [bold]x[/nothing]?"})]
    before, after = (run(n, {"1": p}, questions=asked) for n, p in (("a", ["a.md"]), ("b", [])))
    assert "What is [bold]x[/nothing]?" in _printed(before, after)


def test_verdict_knows_which_direction_is_better() -> None:
    assert verdict_text("mrr", 0.1, 0.01) == "better"
    assert verdict_text("false_abstention", 0.1, 0.01) == "worse"
    assert verdict_text("mrr", -0.1, 0.2) == "(worse)"
    assert verdict_text("mrr", 0.0, 1.0) == "same"
