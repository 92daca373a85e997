from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import pytest
from structlog.testing import capture_logs

from serving.checking.checker import CitationChecker
from serving.checking.contract import CheckOutcome, ClaimCheck, Quote, Verdict
from serving.checking.dates import DatesCheck
from serving.checking.negation import NegationCheck
from serving.checking.numbers import NumbersCheck
from tests.unit.serving.checking.quotes import quotes


@dataclass(frozen=True)
class Says:
    """A check that always comes to the same verdict."""

    verdict: Verdict
    name: str = "says"

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        return CheckOutcome(self.name, self.verdict, "")


@dataclass(frozen=True)
class Breaks:
    """A check that raises with the claim in its message."""

    name: str = "breaks"

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        raise ZeroDivisionError(claim)


CITED = quotes("Leave lasts 16 weeks.")
WORST_FIRST = ["contradicted", "unsupported", "partial", "unchecked", "supported"]


@pytest.mark.parametrize(
    ("worse", "better"),
    [(worse, better) for index, worse in enumerate(WORST_FIRST) for better in WORST_FIRST[index:]],
)
def test_the_worst_verdict_wins_in_any_order(worse: str, better: str) -> None:
    for order in permutations([Says(Verdict(worse)), Says(Verdict(better))]):
        assert CitationChecker(order).check("Any.", CITED).verdict == worse


def test_a_claim_without_quotes_is_unsupported_and_nothing_runs() -> None:
    checked = CitationChecker([Breaks()]).check("Any.", [])
    assert checked.verdict is Verdict.UNSUPPORTED
    assert [outcome.name for outcome in checked.outcomes] == ["citation"]


def test_without_checks_nothing_is_vouched_for() -> None:
    assert CitationChecker([]).check("Any.", CITED).verdict is Verdict.UNCHECKED


def test_every_outcome_is_kept_in_order() -> None:
    checks: list[ClaimCheck] = [
        Says(Verdict.PARTIAL, "one"),
        Says(Verdict.SUPPORTED, "two"),
        Breaks(),
    ]
    with capture_logs():
        checked = CitationChecker(checks).check("Any.", CITED)
    assert [outcome.name for outcome in checked.outcomes] == ["one", "two", "breaks"]
    assert checked.verdict is Verdict.PARTIAL


def test_a_check_that_breaks_is_unchecked_and_logged_without_any_text() -> None:
    with capture_logs() as logs:
        checked = CitationChecker([Breaks(), Says(Verdict.SUPPORTED)]).check("Secret.", CITED)
    assert checked.verdict is Verdict.UNCHECKED
    assert [(entry["event"], entry["check"], entry["error"]) for entry in logs] == [
        ("claim_check_failed", "breaks", "ZeroDivisionError")
    ]
    assert "Secret" not in str(logs)
    assert "Leave" not in str(logs)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Leave lasts sixteen weeks from 1 May 2026 and is not paid.", "supported"),
        ("Leave lasts 18 weeks.", "unsupported"),
        ("Leave lasts 16 weeks from 2 May 2026.", "unsupported"),
        ("Leave lasts 16 weeks from 1 May 2026 and is paid.", "contradicted"),
        ("Leave lasts 16 weeks, or 5 months, from May.", "partial"),
        ("Cats sleep.", "supported"),
    ],
)
def test_the_layers_add_up_to_one_verdict(claim: str, verdict: str) -> None:
    cited = quotes("The leave lasts 16 weeks from 2026-05-01. The leave is not paid.")
    checker = CitationChecker([NumbersCheck(), DatesCheck(), NegationCheck()])
    assert checker.check(claim, cited).verdict == verdict
