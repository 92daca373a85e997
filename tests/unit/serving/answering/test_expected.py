from __future__ import annotations

import pytest

from serving.answering.expected import ValueKind, asked_thing, expected_kind, holds_kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What percentage of my contributions does the agency match?", ValueKind.PERCENT),
        ("How much does one editor seat cost us?", ValueKind.MONEY),
        ("How many dollars a month does the benefit cover?", ValueKind.MONEY),
        ("What's the daily meal per diem for Oslo?", ValueKind.MONEY),
        ("Above what contract value is a review needed?", ValueKind.MONEY),
        ("After how many years do I qualify?", ValueKind.DURATION),
        ("How many calendar days do they have?", ValueKind.DURATION),
        ("How often do I have to change my password?", ValueKind.DURATION),
        ("When does the office move?", ValueKind.DATE),
        ("We lost a key. By when must it be reported?", ValueKind.DATE),
        ("What day of the week are badges made?", ValueKind.DATE),
        ("How many parking spaces are there?", ValueKind.NUMBER),
        ("Who leads the guild?", None),
        ("When a city wants to work with us, who signs the letter?", None),
        ("How do I pay for a book?", None),
        ("How much annual leave is paid out?", ValueKind.NUMBER),
        ("How long must the passcode be?", None),
        ("Wie viel kostet das?", None),
    ],
)
def test_what_a_question_asks_for(question: str, kind: ValueKind | None) -> None:
    assert expected_kind(question) is kind


@pytest.mark.parametrize(
    ("text", "kind", "is_held"),
    [
        ("Users can spend up to $500 per month.", ValueKind.MONEY, True),
        ("The allowance is 64 euros.", ValueKind.MONEY, True),
        ("The balance resets on the 10th of every month.", ValueKind.MONEY, False),
        ("They go back for a restocking fee of 15 %.", ValueKind.MONEY, True),
        ("Up to 2.1% of basic pay.", ValueKind.PERCENT, True),
        ("Up to 44 hours of time off.", ValueKind.PERCENT, False),
        ("It takes sixteen weeks.", ValueKind.DURATION, True),
        ("Reports are due monthly.", ValueKind.DURATION, True),
        ("Ask your supervisor first.", ValueKind.DURATION, False),
        ("Badges are processed every Wednesday.", ValueKind.DATE, True),
        ("Use it once your card has arrived.", ValueKind.DATE, True),
        ("Ask your supervisor.", ValueKind.DATE, False),
        ("There are twelve parking spaces.", ValueKind.NUMBER, True),
        ("There is parking nearby.", ValueKind.NUMBER, False),
        ("R2-868 | Rootline R2 | 198", ValueKind.MONEY, True),
        ("Zone | Visits", ValueKind.NUMBER, False),
    ],
)
def test_whether_a_text_holds_a_kind(text: str, kind: ValueKind, is_held: bool) -> None:
    assert holds_kind(text, kind) is is_held


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("How many parking spaces does the Oslo office have?", "parking spaces"),
        ("How much is the bonus if someone I refer gets hired?", "bonus"),
        ("How much is a monthly pass?", "monthly pass"),
        ("How many sensors can one gateway read?", "sensors"),
        ("How many days of leave do I get?", None),
        ("How many calendar days do they have?", None),
        ("How much does a seat cost?", None),
        ("Who leads the guild?", None),
        ("Wie viele Plätze gibt es?", None),
    ],
)
def test_what_is_counted_or_priced(question: str, thing: str | None) -> None:
    assert asked_thing(question) == thing
