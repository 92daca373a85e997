"""An answer while it is made: what is delivered, what is withheld, and what is to be said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.assistants import UnsupportedPolicy
from serving.answer.errors import AnswerUnsupported
from serving.answer.events import Notice, NoticeCode
from serving.answering.contract import TokenUsage, VerifiedClaim, Writing
from serving.checking.contract import Verdict


class AnswerInProgress:
    """Decides claim by claim, by the caller's policy, and remembers who made them.

    A claim that a check could not judge (`unchecked`) is delivered as such, because leaving it out
    would hide that the checks did not work; only `fail` refuses it.
    """

    def __init__(self, policy: UnsupportedPolicy) -> None:
        self._policy = policy
        self._withheld: Counter[Verdict] = Counter()
        self._off_topic = 0
        self.delivered: list[VerifiedClaim] = []
        self.notices: list[Notice] = []
        self.model = ""
        self.prompt: str | None = None
        self.usage = TokenUsage()
        self.degraded: list[str] = []

    def decide(self, claim: VerifiedClaim) -> bool:
        """Whether the claim is delivered; never one that has been. Raises AnswerUnsupported."""
        verdict = claim.checked.verdict
        if verdict is not Verdict.SUPPORTED and self._policy == "fail":
            raise AnswerUnsupported(
                f"A sentence of the answer is {verdict.value}. Ask with `unsupported` set to "
                "`drop` to have such sentences left out, or to `mark` to see them.",
                verdict=verdict.value,
            )
        if verdict not in (Verdict.SUPPORTED, Verdict.UNCHECKED) and self._policy == "drop":
            self._withheld[verdict] += 1
            return False
        if any(_same(claim, other) for other in self.delivered):
            return False
        self.delivered.append(claim)
        return True

    def set_aside(self, claims: Sequence[VerifiedClaim]) -> None:
        """These are supported, and do not answer the question: they are not delivered."""
        self._off_topic += len(claims)

    def made_by(self, writing: Writing) -> None:
        """Credit the model with the answer, and charge its tokens to it. Safe to repeat."""
        self.model, self.prompt, self.usage = writing.model, writing.prompt, writing.usage
        self.degraded += [step for step in writing.given_up if step not in self.degraded]

    def start_over(self) -> None:
        """Forget what was withheld: another draft is to be decided."""
        self._withheld.clear()
        self._off_topic = 0

    def notice(self, code: NoticeCode, detail: str) -> Notice:
        """Keep a notice for the whole answer, and give it to be sent now."""
        notice = Notice(code, detail)
        self.notices.append(notice)
        return notice

    def notice_withheld(self) -> list[Notice]:
        """What there is to say of withheld and unchecked claims, once all are decided."""
        before = len(self.notices)
        if self._withheld:
            total = self._withheld.total()
            kinds = ", ".join(f"{count} {verdict}" for verdict, count in self._withheld.items())
            self.notice(
                NoticeCode.CLAIMS_DROPPED,
                f"Left out: {total} sentence{'s' if total > 1 else ''} that no passage vouches for "
                f"({kinds}).",
            )
        if self._off_topic:
            plural = "s" if self._off_topic > 1 else ""
            self.notice(
                NoticeCode.CLAIMS_OFF_TOPIC,
                f"Left out: {self._off_topic} sentence{plural} that the passages vouch for, on "
                "another matter than the question.",
            )
        unchecked = sum(claim.checked.verdict is Verdict.UNCHECKED for claim in self.delivered)
        if unchecked:
            self.notice(
                NoticeCode.CLAIMS_UNCHECKED,
                f"Not checked in full: {unchecked} of {len(self.delivered)} sentences. Their "
                "checks say which one did not run.",
            )
        return self.notices[before:]


def _same(one: VerifiedClaim, other: VerifiedClaim) -> bool:
    return one.claim.text.casefold().split() == other.claim.text.casefold().split()
