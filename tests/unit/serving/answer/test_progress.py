"""What is delivered of an answer, by the caller's policy."""

from __future__ import annotations

import pytest

from core.assistants import UnsupportedPolicy
from serving.answer.errors import AnswerUnsupported
from serving.answer.events import NoticeCode
from serving.answer.progress import AnswerInProgress
from serving.answering.contract import Claim, VerifiedClaim
from serving.checking.checker import CheckedClaim
from serving.checking.contract import Verdict

_FAULTS = (Verdict.UNSUPPORTED, Verdict.PARTIAL, Verdict.CONTRADICTED)


def claim(verdict: Verdict, text: str = "It is so.") -> VerifiedClaim:
    return VerifiedClaim(
        claim=Claim(text=text, citations=()), checked=CheckedClaim(verdict=verdict, outcomes=())
    )


@pytest.mark.parametrize("policy", ["drop", "mark", "fail"])
def test_supported_claim_is_delivered_once(policy: UnsupportedPolicy) -> None:
    progress = AnswerInProgress(policy)
    assert progress.decide(claim(Verdict.SUPPORTED))
    assert not progress.decide(claim(Verdict.SUPPORTED, "it IS  so."))
    assert len(progress.delivered) == 1
    assert progress.notice_withheld() == []


@pytest.mark.parametrize("verdict", _FAULTS)
def test_faulty_claim_is_dropped_and_counted_marked_or_fails(verdict: Verdict) -> None:
    dropping, marking = AnswerInProgress("drop"), AnswerInProgress("mark")
    assert not dropping.decide(claim(verdict))
    (notice,) = dropping.notice_withheld()
    assert notice.code is NoticeCode.CLAIMS_DROPPED
    assert f"1 {verdict.value}" in notice.detail
    assert marking.decide(claim(verdict))
    assert marking.notice_withheld() == []
    with pytest.raises(AnswerUnsupported) as failed:
        AnswerInProgress("fail").decide(claim(verdict))
    assert failed.value.data == {"verdict": verdict.value}


def test_unchecked_claim_is_delivered_and_said_but_fails_where_that_is_wanted() -> None:
    progress = AnswerInProgress("drop")
    assert progress.decide(claim(Verdict.UNCHECKED))
    assert [notice.code for notice in progress.notice_withheld()] == [NoticeCode.CLAIMS_UNCHECKED]
    with pytest.raises(AnswerUnsupported):
        AnswerInProgress("fail").decide(claim(Verdict.UNCHECKED))


def test_what_an_earlier_draft_withheld_is_forgotten_with_it() -> None:
    progress = AnswerInProgress("drop")
    progress.decide(claim(Verdict.UNSUPPORTED))
    progress.start_over()
    assert progress.notice_withheld() == []


def test_claims_on_another_matter_are_counted_until_another_draft_begins() -> None:
    progress = AnswerInProgress("drop")
    progress.set_aside([claim(Verdict.SUPPORTED), claim(Verdict.SUPPORTED, "It is not.")])
    (notice,) = progress.notice_withheld()
    assert notice.code is NoticeCode.CLAIMS_OFF_TOPIC
    assert "2 sentences" in notice.detail
    progress.start_over()
    assert progress.notice_withheld() == []
