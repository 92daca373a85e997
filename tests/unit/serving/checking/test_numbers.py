from __future__ import annotations

import pytest

from serving.checking.contract import Verdict
from serving.checking.numbers import NumbersCheck
from tests.unit.serving.checking.quotes import quotes

LEAVE = "New parents get up to sixteen weeks of paid leave, of which 2 weeks before the birth."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Parents get 16 weeks of leave.", LEAVE),
        ("Of the 16, two weeks come before the birth.", LEAVE),
        ("Fourteen days of it may come before the birth.", LEAVE),
        ("The budget is $1.2M.", "The budget for 2026 is 1.2 million dollars."),
        ("The budget is 1,200,000 USD.", "A budget of $1.2M was approved."),
        ("The fee is 12 percent.", "A fee of 12% applies."),
        ("The fee is 12 per cent.", "A 12-percent fee applies."),
        ("Delivery takes 4 weeks at best and 6 weeks at worst.", "Delivery takes 4-6 weeks."),
        ("Delivery takes 4 to 6 weeks.", "Delivery takes between four and six weeks."),
        ("The box weighs 2.5 kg to 3 kg.", "The box weighs 2.5–3 kg."),
        ("It raised $1 million to $2 million.", "It raised $1-2 million."),
        ("Give thirty days' notice.", "Give thirty (30) calendar days notice."),
        ("You have 30 calendar days.", "File it within 30 days."),
        ("It takes a 90-minute session.", "A session takes 1.5 hours."),
        ("It takes an hour.", "It takes 1 hour."),
        ("It takes 1 hour.", "It takes an hour."),
        ("It takes two and a half hours.", "It takes 2.5 hours."),
        ("It takes half a day.", "It takes a while."),
        ("The third quarter was best.", "The 3rd quarter was best."),
        ("Do it on the 15th.", "It is due on November 15, 2026."),
        ("The rate is €20 a month.", "You pay €20 per month."),
        ("The rate is $50 monthly.", "Parking is $50/month."),
        ("Vacation is 20 days.", "Kind | Days\nVacation | 20\nSick leave | 12"),
        ("The price is $499.", "Plan | Price in USD\nTeam | 499"),
        ("It has a limit of 1.5 TB.", "The limit is 1,500 GB."),
        ("File form SF-86.", "Everyone files the SF 86."),
        ("File the SF 86.", "Everyone files form SF-86."),
        ("Use version 3.11.2.", "Only 3.11.2 is supported."),
        ("Call 1-800-555-0199.", "Our line is 1-800-555-0199, day and night."),
        ("Join the 401(k).", "The 401k plan is open to all."),
        ("See https://example.org/page2 for more.", "It is at https://example.org/page2."),
        ("Profit fell by 5%.", "Profit: -5% on the year."),
        ("It costs 1.234,56 €.", "The price is €1,234.56."),
        ("Twenty-five people came.", "25 people came."),
        ("The team has 30 people [1].", "The team has 30 people."),
        ("2. Wait 5 days. [1][2]", "Then wait five days."),
        ("A dozen eggs and two dozen rolls.", "We bought 12 eggs, 24 rolls."),
        ("You may carry over 240 hours.", "A maximum of 240 hours can be carried over."),
        ("Up to 2,000 people come.", "In a good year 2000 people come."),
        ("One of the plans is free.", "There is a free plan."),
        ("The first rule is to ask.", "Ask. That is the rule."),
        ("It allows 10 working days.", "Reply within ten business days."),
        ("The stipend is $5m.", "A stipend of 5 million US dollars."),
        ("It meets twice a week.", "It meets two times per week."),
        ("No figures here.", "None here either."),
        ("It covers 500 square feet.", "The room has 500 sq. ft. of floor."),
    ],
)
def test_amounts_that_the_quote_has_are_supported(claim: str, quote: str) -> None:
    outcome = NumbersCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.SUPPORTED, outcome.detail


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Parents get 18 weeks of leave.", LEAVE),
        ("Parents get 16 days of leave.", LEAVE),
        ("Parents get sixteen months of leave.", LEAVE),
        ("The notice is 27 hours.", "The notice is 27 days."),
        ("The notice is 27 working days.", "The notice is 27 days."),
        ("The notice is 27 days.", "The notice is 27 business days."),
        ("The fee is €5.", "The fee is $5."),
        ("The fee is 5 euros.", "The fee is 5 dollars."),
        ("The fee is $5 million.", "The fee is $5."),
        ("The fee is $1.2.", "The fee is $1.2 million."),
        ("The fee is $15", "The fee is $150"),
        ("The fee is 12%.", "The fee is 12 dollars."),
        ("It rose by 3%.", "It rose by 3 percentage points."),
        ("The rate is $50 per hour.", "The rate is $50 per day."),
        ("The rate is $50 per hour.", "The rate is $50."),
        ("It takes 5 weeks.", "It takes 4-6 weeks."),
        ("The fourth quarter was best.", "The third quarter was best."),
        ("File form SF-87.", "File form SF-86."),
        ("Use version 3.11.3.", "Use version 3.11.2."),
        ("Call 555-123-4568.", "Call 555-123-4567."),
        ("It needs 30 people.", "It needs 30 days."),
        ("Wait 86 days.", "File the SF-86 and wait a few days."),
        ("Wait 15 days.", "Wait some days, until November 15."),
        ("The limit is 25 MB.", "The limit is 25 GB."),
        ("Drive 10 miles.", "Drive 10 km."),
        ("Store at 5 °F.", "Store at 5 °C."),
        ("It grew by 5%.", "It grew by -5%."),
        ("The team has 31 people [30].", "The team has 30 people."),
        ("Twenty-six people came.", "25 people came."),
        ("It takes three and a half hours.", "It takes 3 hours."),
        ("It takes 1/4 of the time.", "It takes 3/4 of the time."),
        ("See https://example.org/page3.", "See https://example.org/page2."),
        ("It meets three times a week.", "It meets twice a week."),
        ("There are 2 plans.", "Plans:\n1. free\n2. paid"),
    ],
)
def test_amounts_that_the_quote_lacks_are_unsupported(claim: str, quote: str) -> None:
    outcome = NumbersCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.UNSUPPORTED, outcome.detail


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("You get 16 weeks, 3 of them before the birth.", LEAVE, "3"),
        ("It costs $50 and takes 3 days.", "It costs $50 and takes 2 days.", "3 days"),
        ("From 10% to 15%.", "It is 10 to 12 percent.", "15%"),
        ("GS-12 staff get 5 days.", "GS-13 staff get 5 days.", "GS-12"),
        ("The 2nd option costs $9.", "The 3rd option costs $9.", "2nd"),
    ],
)
def test_some_of_several_amounts_are_partial(claim: str, quote: str, missing: str) -> None:
    outcome = NumbersCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.PARTIAL
    assert f"“{missing}”" in outcome.detail


def test_two_quotes_support_a_claim_together() -> None:
    cited = quotes("Rent is $900.", "The deposit is three months.")
    outcome = NumbersCheck().check("Rent is 900 dollars and the deposit 3 months.", cited)
    assert outcome.verdict is Verdict.SUPPORTED


def test_a_number_too_long_to_be_an_integer_is_compared_as_a_name() -> None:
    digits = "7" * 5_000
    assert NumbersCheck().check(f"It is {digits}.", quotes(digits)).verdict is Verdict.SUPPORTED
    assert NumbersCheck().check(f"It is {digits}.", quotes("7")).verdict is Verdict.UNSUPPORTED
