from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.sentences import Span, iter_sentences


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in iter_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith met Mr. Jones at 10 a.m. on Friday.",
        "The U.S. Government pays, e.g. Amtrak, up to $1.50 per mile.",
        "Use one of the tools (i.e. Slack) for that.",
        "See No. 5 of the list, Fig. 3 and Sec. 12 below.",
        "Version 3.11.2 runs on Ubuntu 22.04 only.",
        "Read https://example.org/a.b/c.html?q=1.5 before you start.",
        "Open report.final.pdf and README.md first.",
        "J. R. R. Tolkien wrote it.",
        "Wait... then try again.",
        "It takes approx. 5 days vs. 10 before.",
        "Acme Inc. Headquarters is in Washington, D.C. Metro stops there.",
        'He asked "why?" and left.',
        "Meet on Jan. 5 or Feb. 6 at St. Louis.",
        "Costs rose by 3.5 % vs. last year, i.e. by 2 p.p.",
    ],
)
def test_a_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert _sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two. Three.", ["One.", "Two.", "Three."]),
        ("Is it? Yes! Good.", ["Is it?", "Yes!", "Good."]),
        ("No. The leave is paid.", ["No.", "The leave is paid."]),
        ("He said “Stop.” Then he left.", ["He said “Stop.”", "Then he left."]),
        ("(See below.) Then go on.", ["(See below.)", "Then go on."]),
        ("Ends at 5 p.m. The office closes.", ["Ends at 5 p.m.", "The office closes."]),
        ("We moved to the U.S. It went well.", ["We moved to the U.S.", "It went well."]),
        ("Wait… Try again.", ["Wait…", "Try again."]),
        ("Bring pens, paper, etc. Ask first.", ["Bring pens, paper, etc.", "Ask first."]),
        ("First line\n\nSecond line", ["First line", "Second line"]),
        ("A title\n \nIts text.", ["A title", "Its text."]),
        ("You can wrap\na line. And go\non.", ["You can wrap\na line.", "And go\non."]),
        ("- one\n- two\n* three", ["- one", "- two", "* three"]),
        ("1. First step\n2. Second step", ["1. First step", "2. Second step"]),
        ("You must:\n- pay\n- go", ["You must:", "- pay", "- go"]),
        ("- Pay first. Then go.\n- Rest", ["- Pay first.", "Then go.", "- Rest"]),
        ("- a long item\n  that wraps\n- next", ["- a long item\n  that wraps", "- next"]),
        ("Name | Days\nAna. B. | 5\nBo | 6.", ["Name | Days", "Ana. B. | 5", "Bo | 6."]),
        ("Owner: Ana Lee\nSite: Rome", ["Owner: Ana Lee", "Site: Rome"]),
        (
            "今日は休み。明日は仕事！「はい。」本当？",
            ["今日は休み。", "明日は仕事！", "「はい。」", "本当？"],
        ),
        ("It lasts 16 weeks. [1] It is paid [2].", ["It lasts 16 weeks. [1]", "It is paid [2]."]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
        ("   padded.   Twice.  ", ["padded.", "Twice."]),
        ("", []),
        (" \n\n \n", []),
    ],
)
def test_text_is_cut_between_sentences(text: str, expected: list[str]) -> None:
    assert _sentences(text) == expected


_PIECES = st.sampled_from(
    ["\n", "\n\n", " ", ". ", ".", "! ", "?", "…", "。", " | ", "- ", "1. ", "a.m.", "e.g.", "\r",
     "U.S.", "Word", "word", "”", "(", "[1]", ":", "Key: ", "3.5", "\x85", "\u2028", "é", "\t"]
)  # fmt: skip


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=60).map("".join)))
def test_spans_are_ordered_stripped_and_lose_nothing(text: str) -> None:
    spans = list(iter_sentences(text))
    assert all(a.end <= b.start for a, b in pairwise(spans))
    for span in spans:
        sentence = text[span.start : span.end]
        assert sentence
        assert sentence == sentence.strip()
        assert not any(not line.strip() for line in sentence.split("\n"))
    covered = {i for span in spans for i in range(span.start, span.end)}
    assert all(char.isspace() for i, char in enumerate(text) if i not in covered)


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "piece", [".", " ", "\n", '."', "a.", "[1]", "|", "- ", "A: ", ". ", "(", "。"]
)
def test_long_runs_take_time_in_proportion(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert sum(span.end - span.start for span in iter_sentences(text)) <= len(text)


def test_spans_compare_by_value() -> None:
    assert next(iter_sentences("  Yes. ")) == Span(2, 6)
