"""Claim support: is what an answer says supported, and does it say what it should?"""

from __future__ import annotations

from evaluation.metrics.contract import Metric, SetMetric
from evaluation.metrics.evidence import holds_evidence
from evaluation.outcome import Outcome


def _verdict_parts(outcome: Outcome) -> tuple[float, float] | None:
    """The server's own verdicts: what it delivered without its support."""
    claims = outcome.claims
    return (sum(claim.verdict == "supported" for claim in claims), len(claims)) if claims else None


def claim_recall(outcome: Outcome) -> float | None:
    """Share of the gold evidence that the claims state, in [0, 1]; where documents are
    alternatives, 1 if they state any of it. 0 for a question that was declined.

    A claim states evidence as a passage holds it (`evidence.holds_evidence`): a paraphrase of it
    counts for nothing, so that this too is a floor.

    Source: claim recall in Ru et al., RAGChecker, NeurIPS 2024, with the evidence for the claims
    of the gold answer.
    """
    question, answer = outcome.question, outcome.answer
    if answer is None or not question.is_answerable or not question.evidence:
        return None
    stated = [
        holds_evidence([claim.text for claim in outcome.claims], evidence)
        for evidence in question.evidence
    ]
    return sum(stated) / len(stated) if question.needs_every_gold else float(any(stated))


METRICS = (
    Metric(
        name="claim_recall",
        description="What part of the gold evidence the answer states in its words.",
        side="answer",
        score=claim_recall,
    ),
)
SET_METRICS = (
    SetMetric(
        name="claim_precision",
        description="Share of the delivered claims that the server found supported.",
        side="answer",
        parts=_verdict_parts,
    ),
)
