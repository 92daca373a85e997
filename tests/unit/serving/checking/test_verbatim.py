"""What holds for every claim that repeats its quote word for word."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from serving.checking.contract import ClaimCheck, Verdict
from serving.checking.dates import DatesCheck
from serving.checking.negation import NegationCheck
from serving.checking.numbers import NumbersCheck
from serving.checking.values import read_values, strip_markers
from serving.checking.verbatim import iter_verbatim
from serving.sentences import Span, iter_sentences
from tests.unit.serving.checking.quotes import quotes

CHECKS: list[ClaimCheck] = [NumbersCheck(), DatesCheck(), NegationCheck()]

_WORDS = st.sampled_from(
    """you must not share it never no cannot don't without unless except neither nor paid unpaid
    employees contractors receive leave , . ? ! : ; but and or if when - 1. 2) [1] ( ) " “ ” % $ €
    16 1,200 2.5 4-6 -5% $1.2M $5 million dollars weeks days hours working percent sixteen one
    hundred a half first 3rd SF-86 v2.1 3.11.2 401(k) 24/7 1/2 2026 2026-11-01 11/1/2026 November
    Nov. 1, 2 May may March 3 pm 15:00 noon Monday - Friday FY26 Q1 No. e.g. U.S. per month | to
    up no more than optional required""".split()
)
_SPACES = st.sampled_from([" ", " ", " ", " ", "\n", "  ", "\n\n", "\n- "])


@st.composite
def _texts(draw: st.DrawFn) -> str:
    words = draw(st.lists(st.tuples(_WORDS, _SPACES), min_size=1, max_size=40))
    return "".join(word + space for word, space in words)


@settings(deadline=None)
@given(text=st.one_of(_texts(), st.text(max_size=200)))
@example(text="It starts at 9-11 am; 11 am | 3")
@example(text="1. 2) November")
def test_every_sentence_of_a_quote_passes_every_check(text: str) -> None:
    for span in iter_sentences(text):
        _passes_every_check(text[span.start : span.end], text)


@settings(deadline=None)
@given(data=st.data(), text=_texts())
def test_every_cut_between_words_passes_the_value_checks_unless_it_cuts_a_value(
    data: st.DataObject, text: str
) -> None:
    words = list(re.finditer(r"\S+", text))
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start, end = words[first].start(), words[last].end()
    claim = text[start:end]
    values = read_values(text)
    if values.is_cut_at(start) or values.is_cut_at(end) or strip_markers(claim) != claim.strip():
        return
    for check in (NumbersCheck(), DatesCheck()):
        assert check.check(claim, quotes(text)).verdict is Verdict.SUPPORTED


@settings(deadline=None)
@given(text=_texts())
def test_line_breaks_turned_into_blanks_change_nothing(text: str) -> None:
    for span in iter_sentences(text):
        _passes_every_check(" ".join(text[span.start : span.end].split()), text)


def _passes_every_check(claim: str, quote: str) -> None:
    for check in CHECKS:
        outcome = check.check(claim, quotes(quote))
        assert outcome.verdict is Verdict.SUPPORTED, (check.name, claim, outcome.detail)


@settings(deadline=None)
@given(claim=_texts(), quote=_texts())
def test_no_text_makes_a_check_raise(claim: str, quote: str) -> None:
    for check in CHECKS:
        assert check.check(claim, quotes(quote)).verdict in Verdict


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    ["1", "1,", "1.", "1-", "a-", " ", "$", "(", "@", "a.", "1 ", "not ", "May ", "one hundred ",
     "unless ", "1:00 ", "www.", "1/", "[1]"],
)  # fmt: skip
def test_long_runs_take_time_in_proportion(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    for check in CHECKS:
        assert check.check(f"{text} 7 May", quotes(text)).verdict in Verdict


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("b c", "a b c d", [Span(2, 5)]),
        ("b c", "a b\n  c d b c", [Span(2, 7), Span(10, 13)]),
        ("b c", "ab c", []),
        ("B c", "a b c", []),
        ("", "a", []),
    ],
)
def test_verbatim_is_whole_words_in_order(claim: str, quote: str, expected: list[Span]) -> None:
    assert list(iter_verbatim(claim, quote)) == expected
