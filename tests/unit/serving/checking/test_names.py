"""Names of the claim are looked for in its quotes and their headings."""

from __future__ import annotations

import pytest

from serving.checking.contract import Quote, Verdict
from serving.checking.names import NamesCheck
from tests.unit.serving.checking.quotes import quotes


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Ask for it in Slack.", "Ask in Slack."),
        ("Ask for it on slack-based GitHub.", "Ask at github, or by Slack."),
        ("You must qualify for PPL.", "You can get Paid Parental Leave."),
        (
            "Get a Certificate of Conformity first.",
            "Get a CoC, a certificate of conformity, first.",
        ),
        ("Ask Nina Weber’s team.", "Nina Weber leads the team."),
        ("Write to help@acme.test.", "Write to HELP@acme.test for help."),
        ("See https://acme.test/leave.", "All is at https://acme.test/leave today."),
        ("It starts on Monday in March.", "It starts soon."),
        ("Everyone gets one.", "All get one."),
        ("I'd say yes. OK?", "Yes."),
    ],
)
def test_names_that_the_quotes_have_are_supported(claim: str, quote: str) -> None:
    assert NamesCheck().check(claim, quotes(quote)).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("Ask for it in Teams.", "Ask in Slack.", "Teams"),
        ("GSA pays for it.", "TTS pays for it.", "GSA"),
        ("It runs on DocuSign.", "It runs on paper.", "DocuSign"),
        ("Write to it@acme.test.", "Write to hr@acme.test.", "it@acme.test"),
        ("See https://evil.test/now.", "See https://acme.test/now.", "https://evil.test/now"),
    ],
)
def test_name_that_the_quotes_lack_is_named(claim: str, quote: str, missing: str) -> None:
    outcome = NamesCheck().check(claim, quotes(quote))
    assert outcome.verdict is Verdict.UNSUPPORTED
    assert f"“{missing}”" in outcome.detail


def test_some_of_the_names_are_a_partial_support() -> None:
    outcome = NamesCheck().check("Ask in Slack or in Teams.", quotes("Ask in Slack."))
    assert outcome.verdict is Verdict.PARTIAL
    assert outcome.unsupported_part == "Teams"


def test_heading_may_have_the_name() -> None:
    (quote,) = quotes("Ask your lead for a license.")
    headed = Quote(
        document_id=quote.document_id,
        text_version=quote.text_version,
        start=quote.start,
        end=quote.end,
        text=quote.text,
        header="Tools > Figma",
    )
    claim = "Ask your lead for a Figma license."
    assert NamesCheck().check(claim, [headed]).verdict is Verdict.SUPPORTED
    assert NamesCheck().check(claim, [quote]).verdict is Verdict.UNSUPPORTED
