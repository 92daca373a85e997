"""What a judge says of answers and citations; only runs that were judged have these."""

from __future__ import annotations

from evaluation.judgements import ClaimJudgement, Grade
from evaluation.metrics.contract import Metric, SetMetric
from evaluation.outcome import Outcome

_CREDIT: dict[Grade, float] = {"correct": 1.0, "partial": 0.5, "missing": 0.0, "incorrect": 0.0}


def judged_correctness(outcome: Outcome) -> float | None:
    """1 for `correct`, 0.5 for `partial`, else 0; None where there is no verdict.

    Source: CRAG (Yang et al., NeurIPS 2024): perfect 1, acceptable 0.5, missing 0. Its −1 for an
    incorrect answer is `judged_incorrect`, so that this one is a share; CRAG's own score is the
    difference of the two.
    """
    return None if outcome.grade is None else _CREDIT[outcome.grade]


def judged_incorrect(outcome: Outcome) -> float | None:
    """1 for `incorrect`. Source: CRAG's rate of hallucination."""
    return None if outcome.grade is None else float(outcome.grade == "incorrect")


def _claims(outcome: Outcome) -> list[ClaimJudgement]:
    judgement = outcome.judgement
    return [claim for claim in judgement.claims if claim is not None] if judgement else []


def _recall_parts(outcome: Outcome) -> tuple[float, float] | None:
    claims = _claims(outcome)
    return (sum(claim.is_entailed for claim in claims), len(claims)) if claims else None


def _precision_parts(outcome: Outcome) -> tuple[float, float] | None:
    claims = _claims(outcome)
    citations = sum(claim.citations for claim in claims)
    return (sum(claim.precise_citations for claim in claims), citations) if citations else None


METRICS = (
    Metric(
        name="judged_correctness",
        description="The judge finds the answer correct; a partly right one counts half.",
        side="answer",
        score=judged_correctness,
    ),
    Metric(
        name="judged_incorrect",
        description="The judge finds something false in the answer.",
        side="answer",
        score=judged_incorrect,
        higher_is_better=False,
    ),
)
SET_METRICS = (
    SetMetric(
        name="judged_citation_recall",
        description="Share of the claims that what they cite entails, by the judge.",
        side="answer",
        parts=_recall_parts,
    ),
    SetMetric(
        name="judged_citation_precision",
        description="Share of the citations that their claim needs or rests on, by the judge.",
        side="answer",
        parts=_precision_parts,
    ),
)
