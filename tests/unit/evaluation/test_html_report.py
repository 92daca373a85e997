from __future__ import annotations

import re
from xml.etree import ElementTree

from lxml import html

from evaluation.html_report import format_score, render_report
from tests.unit.evaluation.fakes import question
from tests.unit.evaluation.stored import run

_BEFORE = run("before", {"1": ["b.md", "a.md"], "2": ["a.md"]}, {"1": "X", "3": "Surely."})
_AFTER = run("after", {"1": ["a.md"], "2": ["b.md"]}, {"1": "Y"})


def _text(page: str) -> str:
    return " ".join(" ".join(html.fromstring(page).itertext()).split())


def test_page_needs_nothing_beside_it() -> None:
    page = render_report(_BEFORE)
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|<script", page)


def test_scores_stand_overall_and_by_each_grouping() -> None:
    page = render_report(_BEFORE)
    text = _text(page)
    assert "mrr 0.750" in text
    for heading in ("Overall", "By type", "By language", "Worst questions"):
        assert heading in [element.text for element in html.fromstring(page).iter("h2")]
    assert "By source" not in text


def test_bar_and_whiskers_are_drawn_to_scale() -> None:
    # Of ten questions seven are found: the bar of 200 units ends at 140.
    questions = [question(str(number)) for number in range(10)]
    page = render_report(run("r", {str(n): ["a.md"] for n in range(7)}, questions=questions))
    svg = re.search(r'<svg class="bar".*?</svg>', page, re.DOTALL)
    assert svg is not None
    drawing = ElementTree.fromstring(svg[0])  # noqa: S314  # Our own page.
    assert drawing.findall("rect")[1].get("width") == "140.0"
    whisker = drawing.find("path")
    assert whisker is not None
    low, high = re.findall(r"[MH]([\d.]+) ?8?", whisker.get("d", ""))[:2]
    assert float(low) < 142 < float(high)


def test_worst_questions_say_what_was_found_and_what_went_wrong() -> None:
    text = _text(render_report(_AFTER))
    assert "2 (paraphrase): question 2 no gold document among the first ten" in text
    assert "declined, though the documents answer it" in text
    assert "the answer lacks what it must contain" in text
    assert "1. b.md" in text


def test_two_runs_show_what_changed() -> None:
    text = _text(render_report(_BEFORE, _AFTER))
    assert "What changed since before" in text
    assert "mrr 2 0.750 0.500 -0.250" in text
    assert "2 paraphrase 1 → –" in text
    assert "answered → abstained" in text


def test_text_of_questions_and_documents_is_escaped() -> None:
    nasty = "<script>alert(1)</script>"
    asked = [question("1", gold=["a.md"]).model_copy(update={"question": nasty})]
    page = render_report(run("r", {"1": ["<b>.md"]}, {"1": nasty}, questions=asked))
    assert "<script" not in page
    assert "<b>" not in page
    assert nasty in _text(page)


def test_run_without_questions_that_went_wrong_says_so() -> None:
    page = render_report(run("r", {"1": ["a.md"]}, {"1": "X"}, questions=[question("1")]))
    assert "every question came out as it should" in page


def test_bare_runs_can_be_reported() -> None:
    assert "question 2" in _text(render_report(_BEFORE.bare(), _AFTER.bare()))


def test_scores_have_the_precision_of_their_unit() -> None:
    assert format_score("mrr", 0.12345) == "0.123"
    assert format_score("mrr", None) == ""
    assert format_score("a metric of a later version", 0.5) == "0.500"
