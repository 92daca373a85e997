from __future__ import annotations

import pytest

from serving.checking.contract import Verdict
from serving.checking.negation import NegationCheck
from tests.unit.serving.checking.quotes import quotes

FIGMA = "Figma plugins don’t require approval unless they integrate with other SaaS products."
COURT = (
    "When you are called to jury duty, your absence is marked as Court Leave and does not count "
    "against any of your other leave balances."
)
EVERYONE = "All employees except contractors receive a laptop."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Plugins do not require approval.", "Plugins don't require approval."),
        ("No approval is required for plugins.", "Plugins do not require approval."),
        ("Approval isn't needed for plugins.", "Plugins do not require approval."),
        ("Plugins require approval.", "Every plugin requires approval."),
        ("Figma plugins do not require approval.", FIGMA),
        ("Plugins that integrate with other SaaS products require approval.", FIGMA),
        ("Court Leave does not count against your other leave balances.", COURT),
        ("No, the absence doesn't count against other leave balances.", COURT),
        ("The absence is marked as Court Leave.", COURT),
        ("Employees receive a laptop.", EVERYONE),
        ("Contractors do not receive a laptop.", EVERYONE),
        ("You must not share your password.", "Never share your password with anyone."),
        ("You must not share your password.", "Sharing your password is prohibited."),
        ("You must not share your password.", "You must never:\n- share your password\n- lend it"),
        ("You cannot use a personal phone.", "Can I use a personal phone? No."),
        ("Unused leave is not paid.", "Unused leave is unpaid."),
        ("Registration is optional.", "Registration is not required."),
        ("Registration is not mandatory.", "You do not need registration."),
        ("Nobody may enter the lab without a badge.", "No one may enter the lab without a badge."),
        ("You need a badge to enter the lab.", "You need a badge before you enter the lab."),
        ("You must log it.", "You do not need approval, but you must log it."),
        ("It is not just fast, it is cheap.", "It is fast, and it is cheap."),
        ("Do not forget to file the report.", "File the report."),
        ("The file must not exceed 25 MB.", "The file may have no more than 25 MB."),
        ("Reply no later than Friday.", "Reply by Friday."),
        ("See the rule No. 5 on travel.", "See rule 5 on travel."),
        ("The tool is neither approved nor supported.", "The tool isn't approved or supported."),
        ("Ask your lead if you are unsure.", "If you are not sure, ask your lead."),
        ("The plan no longer covers dental care.", "Dental care is not covered by the plan."),
        ("In short: if the plan is not listed, ask HR.", "If the plan is not listed, ask HR."),
        ("Leads do not decide this.", "Team members decide this, not leads."),
        ("Avoid public networks.", "Do not use public networks."),
    ],
)
def test_equal_polarity_is_supported(claim: str, quote: str) -> None:
    outcome = NegationCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Plugins require approval.", "Plugins do not require approval."),
        ("Plugins do not require approval.", "Plugins require approval."),
        ("Approval is needed for plugins.", "Plugins don’t require approval."),
        ("Figma plugins require approval.", FIGMA),
        ("Plugins that integrate with other SaaS products do not require approval.", FIGMA),
        ("Court Leave counts against your other leave balances.", COURT),
        ("Contractors receive a laptop.", EVERYONE),
        ("You may share your password.", "Never share your password with anyone."),
        ("You can share your password.", "You cannot share your password."),
        ("Share your password.", "You must never:\n- give out or share your password\n- lend it"),
        ("You can use a personal phone.", "Can I use a personal phone? No."),
        ("You can't use a personal phone.", "Can I use a personal phone? Yes."),
        ("Unused leave is paid.", "Unused leave is unpaid."),
        ("Unused leave is unpaid.", "Unused leave is paid."),
        ("Registration is optional.", "Registration is required."),
        ("Registration is required.", "Registration is optional."),
        (
            "Everyone may enter the lab without a badge.",
            "No one may enter the lab without a badge.",
        ),
        ("You must not log it.", "You do not need approval, but you must log it."),
        ("The file may have more than 25 MB.", "The file may have no more than 25 MB."),
        ("Interns are eligible for the bonus.", "Interns are ineligible for the bonus."),
        ("The plan covers dental care.", "The plan no longer covers dental care."),
        ("The deposit is refundable.", "The deposit is non-refundable."),
        ("Access is limited.", "Access is unlimited."),
        ("The course is only for staff.", "The course is not only for staff."),
        ("If you share the room, knock first.", "If you do not share the room, knock first."),
        ("Leads and team members decide this.", "Team members decide this, not leads."),
        ("This is because fees rose.", "This is not because fees rose."),
        ("The badge works with no PIN.", "The badge works with a PIN."),
        ("None of the tools are approved.", "The tools are approved."),
    ],
)
def test_flipped_polarity_is_contradicted(claim: str, quote: str) -> None:
    outcome = NegationCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.CONTRADICTED


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Bananas are yellow.", "Parents get sixteen weeks of leave."),
        ("Laptops are free.", "Are laptops free?"),
        ("The office has a gym.", "1 | 2 | 3"),
    ],
)
def test_a_claim_about_something_else_is_left_to_other_layers(claim: str, quote: str) -> None:
    outcome = NegationCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.SUPPORTED
    assert "to compare" in outcome.detail


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        (
            "Staff work 40 hours a week and need not be reachable at night.",
            "Staff work 40 hour weeks and there is no requirement to be available in off hours.",
        ),
        ("Tell us no later than 3 days before.", "Tell us at least 3 days in advance."),
        (
            "Ask first, whether you recommend the request.",
            "Ask first, whether or not you recommend the request.",
        ),
        ("Complete the form, except for the annex.", "Complete the form, minus the annex."),
        (
            "To avoid delays, ask your lead before sharing.",
            "Ask your lead before sharing, to avoid delays.",
        ),
        (
            "You don't have to submit receipts for meals.",
            "Submitting receipts for meals is optional.",
        ),
        (
            "So that drafts aren't lost when the folder is cleared, copy them to your lead.",
            "Copy drafts to your lead so that they won't be lost once the folder is cleared.",
        ),
        (
            "A laptop that doesn't start has to be reported.",
            "If a laptop of yours isn't starting, you'll need to report it.",
        ),
        (
            "Use the second form for costs that have nothing to do with travel.",
            "For costs unrelated to travel use the second form.",
        ),
        (
            "Choose a desk that you don't mind sharing with a visitor.",
            "Choose a desk that you are comfortable sharing with a visitor.",
        ),
        (
            "The shop cannot send parcels abroad.",
            "The shop is unable to send parcels abroad.",
        ),
        (
            "You cannot ask for a transfer until you have worked here for a year.",
            "You can ask for a transfer after you have worked here for a year.",
        ),
        ("Not all rooms of the tower have a screen.", "Some rooms of the tower have a screen."),
        (
            "The lab is not open to visitors on Sundays.",
            "The lab is open to visitors on weekdays only, and closed on Sundays.",
        ),
        (
            "Everyone may enter, or no one can, and you must not spend money without approval.",
            "You must not spend money without approval.",
        ),
    ],
)
def test_other_words_of_the_same_denial_are_no_contradiction(claim: str, quote: str) -> None:
    assert NegationCheck().check(claim, quotes(quote)).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("employees may accept gifts.", "It is not true that employees may accept gifts."),
        ("need approval.", "You do not need approval."),
        ("contractors receive a laptop.", EVERYONE),
    ],
)
def test_a_cut_that_leaves_the_negation_behind_does_not_pass(claim: str, quote: str) -> None:
    assert NegationCheck().check(claim, quotes(quote)).verdict is not Verdict.SUPPORTED


def test_the_quote_that_agrees_is_the_one_that_counts() -> None:
    cited = quotes("The office has no gym.", "Interns do not receive a laptop.")
    claim = "Interns do not receive a laptop."
    assert NegationCheck().check(claim, cited).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "quote", "verdict"),
    [
        (
            "Nobody from abroad is let in.",
            "Guests of every nation are welcome at any time.",
            Verdict.UNSUPPORTED,
        ),
        (
            "Nobody from abroad is let in.",
            "Guests are welcome unless they are of another nation.",
            Verdict.SUPPORTED,
        ),
        ("It has nothing to do with it.", "The two matters are unrelated.", Verdict.SUPPORTED),
    ],
)
def test_denial_in_other_words_needs_one_in_the_quotes(
    claim: str, quote: str, verdict: Verdict
) -> None:
    assert NegationCheck().check(claim, quotes(quote)).verdict is verdict
