"""Citations: does what a claim cites say what the claim says, and is each citation needed?"""

from __future__ import annotations

from evaluation.answers import AnsweredClaim
from evaluation.metrics.contract import Metric, SetMetric
from evaluation.metrics.entailment import Entails, covers
from evaluation.outcome import Outcome


def citation_recall(claim: AnsweredClaim, entails: Entails) -> bool:
    """Whether all that the claim cites, taken together, entails it; never without a citation.

    Source: Gao, Yen, Yu and Chen, Enabling Large Language Models to Generate Text with Citations
    (ALCE), EMNLP 2023.
    """
    quotes = [cited.quote for cited in claim.citations]
    return bool(quotes) and entails("\n".join(quotes), claim.text)


def precise_citations(claim: AnsweredClaim, entails: Entails) -> int:
    """How many of the claim's citations count: none unless together they entail it; then each that
    entails it alone, or without which the others do not.

    Source: as for `citation_recall`.
    """
    if not citation_recall(claim, entails):
        return 0
    quotes = [cited.quote for cited in claim.citations]
    return sum(
        entails(quote, claim.text)
        or not entails("\n".join(quotes[:place] + quotes[place + 1 :]), claim.text)
        for place, quote in enumerate(quotes)
    )


def gold_cited(outcome: Outcome) -> float | None:
    """1 if an answer cites a gold document, every one where the question needs them all."""
    question, answer = outcome.question, outcome.answer
    if answer is None or answer.status != "answered" or not question.is_answerable:
        return None
    found = set(answer.cited) & set(question.gold)
    return float(
        len(found) == len(set(question.gold)) if question.needs_every_gold else bool(found)
    )


def _recall_parts(outcome: Outcome) -> tuple[float, float] | None:
    claims = outcome.claims
    return (
        (sum(citation_recall(claim, covers) for claim in claims), len(claims)) if claims else None
    )


def _precision_parts(outcome: Outcome) -> tuple[float, float] | None:
    claims = outcome.claims
    cited = sum(len(claim.citations) for claim in claims)
    return (sum(precise_citations(claim, covers) for claim in claims), cited) if cited else None


METRICS = (
    Metric(
        name="gold_cited",
        description="Answers that cite a gold document, every one where all are needed.",
        side="answer",
        score=gold_cited,
    ),
)
SET_METRICS = (
    SetMetric(
        name="citation_recall",
        description="Share of the claims that what they cite covers, word by word.",
        side="answer",
        parts=_recall_parts,
    ),
    SetMetric(
        name="citation_precision",
        description="Share of the citations that their claim needs, or that cover it alone.",
        side="answer",
        parts=_precision_parts,
    ),
)
