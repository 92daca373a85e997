from __future__ import annotations

import pytest

from serving.checking.contract import Verdict
from serving.checking.dates import DatesCheck
from tests.unit.serving.checking.quotes import quotes


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("It starts on 1 Nov 2026.", "Start: 2026-11-01"),
        ("It starts on 2026-11-01.", "It starts on November 1, 2026."),
        ("It starts on November 1st, 2026.", "It starts on 11/1/2026."),
        ("It starts on 11 January 2026.", "It starts on 11/1/2026."),
        ("It starts on 01.11.2026.", "It starts on the 1st of November, 2026."),
        ("It starts in November 2026.", "It starts on 2026-11-01."),
        ("It starts on November 1.", "It starts on 1 November 2026."),
        ("It starts in 2026.", "It starts on 11/01/26."),
        ("It starts in November.", "It starts on Nov. 1."),
        ("It starts on November 1, 2026.", "In 2026, it starts on November 1."),
        ("It runs from March 3 to March 5, 2026.", "It runs March 3-5, 2026."),
        ("It runs from 3 to 5 March.", "It runs from March 3 to March 5."),
        ("It is due in May 2026.", "It is due 2026-05-31."),
        ("It is due in May.", "It is due May 31."),
        ("You may apply.", "You must apply."),
        ("In FY26 it doubled.", "It doubled in fiscal year 2026."),
        ("It covers 2024 and 2025.", "It covers 2024-25."),
        ("The call is at 3 pm.", "The call is at 15:00."),
        ("The call is at 15:30.", "The call is at 3:30 p.m. ET."),
        ("The call is at 3:00 PM ET.", "The call is at 3 p.m. (Eastern)."),
        ("The call is at 9 am.", "The call is from 9-11 am."),
        ("The call is at noon.", "The call is at 12 p.m."),
        ("The call is at midnight.", "The call is at 00:00."),
        ("Badges are made on Wednesdays.", "Badges are made every Wednesday."),
        ("The desk is open on Tuesday.", "The desk is open Monday to Friday."),
        ("The desk is open Mon-Fri.", "The desk is open Monday through Friday."),
        ("Up to 2000 people come.", "Some 2,000 people come."),
        ("It takes 2000 hours.", "It takes long."),
        ("Nothing is dated.", "Nothing."),
        ("It was signed 2026-11-01T10:30.", "Signed on 1 November 2026 at 10:30 am."),
    ],
)
def test_dates_that_the_quote_has_are_supported(claim: str, quote: str) -> None:
    outcome = DatesCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.SUPPORTED, outcome.detail


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("It starts on 2 Nov 2026.", "It starts on 1 Nov 2026."),
        ("It starts on 1 Nov 2027.", "It starts on 1 Nov 2026."),
        ("It starts on 1 Dec 2026.", "It starts on 1 Nov 2026."),
        ("It starts on 2026-11-10.", "It starts on 2026-11-01."),
        ("It starts on 11/2/2026.", "It starts on 11/1/2026."),
        ("It starts on November 1, 2026.", "It starts in November 2026."),
        ("It starts on November 1, 2026.", "It starts on November 1."),
        ("It starts on 1 November.", "It starts in November 2026, in 1 place."),
        ("It starts in May.", "It may start in June."),
        ("It starts in 2025.", "It starts in 2026."),
        ("It covers 2024-26.", "It covers 2023-25."),
        ("It ended in FY25.", "It ended in FY26."),
        ("The call is at 3 pm.", "The call is at 3 am."),
        ("The call is at 3 pm.", "The call is at 15:30."),
        ("The call is at 3 pm ET.", "The call is at 3 pm PT."),
        ("The call is at 03:30.", "The call is at 3:30 pm."),
        ("Badges are made on Thursday.", "Badges are made on Wednesday."),
        ("The desk is open on Saturday.", "The desk is open Monday to Friday."),
        ("It runs on March 4.", "It runs March 3-5, 2026."),
        ("It starts on 1 November [2].", "It starts on 2 November."),
    ],
)
def test_dates_that_the_quote_lacks_are_unsupported(claim: str, quote: str) -> None:
    outcome = DatesCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.UNSUPPORTED, outcome.detail


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("From 1 May to 3 June 2026.", "From 1 May to 4 June 2026.", "3 June 2026"),
        ("On Monday at 4 pm.", "On Monday at 3 pm.", "4 pm"),
        ("It grew in 2024 and in 2026.", "It grew in 2024 and in 2025.", "2026"),
    ],
)
def test_some_of_several_dates_are_partial(claim: str, quote: str, missing: str) -> None:
    outcome = DatesCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.PARTIAL
    assert f"“{missing}”" in outcome.detail


def test_two_quotes_support_a_claim_together() -> None:
    cited = quotes("Hired on 3 May 2024.", "Left on 2025-06-30.")
    claim = "She was hired on May 3, 2024 and left on June 30, 2025."
    assert DatesCheck().check(claim, cited).verdict is Verdict.SUPPORTED
