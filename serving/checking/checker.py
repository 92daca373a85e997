"""All checks over one claim, and the one verdict that they add up to."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from serving.checking.contract import CheckOutcome, ClaimCheck, Quote, Verdict

_log = structlog.get_logger(__name__)

_WORST_FIRST = (
    Verdict.CONTRADICTED,
    Verdict.UNSUPPORTED,
    Verdict.PARTIAL,
    Verdict.UNCHECKED,
    Verdict.SUPPORTED,
)


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """The verdict on a claim, with the outcome of every check in the order they ran."""

    verdict: Verdict
    outcomes: tuple[CheckOutcome, ...]

    @property
    def unsupported_part(self) -> str | None:
        """Of a `partial` claim, what is not supported, where a check can tell."""
        if self.verdict is not Verdict.PARTIAL:
            return None
        parts = (outcome.unsupported_part for outcome in self.outcomes)
        return next((part for part in parts if part), None)


class CitationChecker:
    """Runs every check and keeps the worst verdict.

    Worst first: `contradicted`, `unsupported`, `partial`, `unchecked`, `supported`. A claim that
    its source denies does more harm than one that its source does not mention, and that more than
    one of which a part is vouched for. A known fault outweighs a check that could not run: saying
    `unchecked` there would hide the fault. And `unchecked` outweighs `supported`, which is
    promised only when every layer has said so.

    A claim without quotes is `unsupported`, and no check runs. Without checks nothing can be
    said: `unchecked`.
    """

    def __init__(self, checks: Sequence[ClaimCheck]) -> None:
        self._checks = tuple(checks)

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckedClaim:
        if not quotes:
            outcome = CheckOutcome("citation", Verdict.UNSUPPORTED, "The claim cites nothing.")
            return CheckedClaim(outcome.verdict, (outcome,))
        outcomes = tuple(_run(check, claim, quotes) for check in self._checks)
        verdict = worst_of([outcome.verdict for outcome in outcomes])
        return CheckedClaim(verdict or Verdict.UNCHECKED, outcomes)


def worst_of(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The worst of several verdicts; None of none."""
    there = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in there), None)


def _run(check: ClaimCheck, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
    try:
        return check.check(claim, quotes)
    except Exception as error:  # noqa: BLE001  (the edge of a per-item loop: logged, and said)
        # The exception's message may quote the claim: its type and place are logged, no more.
        _log.error(
            "claim_check_failed",
            check=check.name,
            error=type(error).__name__,
            raised_at=_raised_at(error),
            claim_chars=len(claim),
            quotes=len(quotes),
        )
        return CheckOutcome(check.name, Verdict.UNCHECKED, "The check failed to run.")


def _raised_at(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
