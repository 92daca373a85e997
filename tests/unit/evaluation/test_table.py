from __future__ import annotations

import io

from rich.console import Console

from evaluation.runner import Evaluation, evaluate
from evaluation.table import print_table
from tests.unit.evaluation.fakes import FakeAnswerer, FakeSearcher, question

_QUESTIONS = [
    question("1", must_contain=["x"]),
    question("2", type_="conversational"),
    question("3", type_="unanswerable", gold=[]),
]
_EVALUATION = evaluate(
    _QUESTIONS,
    searcher=FakeSearcher({"1": ["b.md", "c.md", "a.md"], "2": ["a.md"]}),
    answerer=FakeAnswerer({"1": "X", "2": "Y"}),
)
_FLOOR = evaluate(_QUESTIONS, searcher=FakeSearcher({"1": ["b.md", "a.md"]}))


def _print(evaluation: Evaluation, floor: Evaluation | None) -> list[list[str]]:
    console = Console(file=io.StringIO(), width=80)
    print_table(evaluation, floor, console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert not any("…" in line for line in lines), "the table is wider than a terminal"
    return [line.split() for line in lines]


def test_each_type_and_the_floor_stand_in_one_table() -> None:
    rows = {row[0]: row[1:] for row in _print(_EVALUATION, _FLOOR) if row}
    assert rows["lookup"] == "1 .000 1.00 1.00 .333 1.00 .000 .000 1.00 1.00 .500".split()
    assert rows["conversational"] == "1 1.00 1.00 1.00 1.00 .000 .000 .000 .000 .000".split()
    assert rows["unanswerable"] == ["1", "1.00"]
    assert rows["overall"] == "3 .500 1.00 1.00 .667 1.00 1.00/.000 .000 .500 .500 .250".split()


def test_without_a_floor_its_columns_are_left_out() -> None:
    header = next(row for row in _print(_EVALUATION, None) if row and row[0] == "type")
    assert header == ["type", "n", "R@1", "R@5", "R@10", "MRR", "contains", "abstained"]
