"""Evidence recall@k: is the gold passage, not only its document, among the first k passages?"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial

from evaluation.metrics.contract import Metric
from evaluation.metrics.recall import RECALL_DEPTHS
from evaluation.outcome import Outcome
from evaluation.plain_text import plain

MIN_SHARED_TRIGRAMS = 0.7


def evidence_recall_at_k(outcome: Outcome, *, k: int) -> float | None:
    """1 if the first k distinct passages hold the evidence that the question needs, else 0.

    A question that needs every gold document needs every evidence string, each in some passage.
    For others the strings are alternatives, as their documents are. None for questions without
    evidence, or without gold.
    """
    question = outcome.question
    if outcome.passages is None or not question.is_answerable or not question.evidence:
        return None
    distinct = {passage.chunk_id: passage.text for passage in outcome.passages}
    texts = list(distinct.values())[:k]
    held = (holds_evidence(texts, evidence) for evidence in question.evidence)
    return float(all(held) if question.needs_every_gold else any(held))


def holds_evidence(passages: Iterable[str], evidence: str) -> bool:
    """Whether one of the passages holds the evidence: as it stands, or at least 0.7 of its
    distinct character trigrams; both without case, markup, white space and typography.

    Evidence is copied from a source file and passages from its parsed text, so a list marker or a
    table's border may differ: hence the share. It is of the evidence's trigrams, so a long
    passage is not at a disadvantage; one that holds most of a long quote counts.
    """
    wanted, wanted_trigrams = _prepared(evidence)
    needed = MIN_SHARED_TRIGRAMS * len(wanted_trigrams)
    for passage in passages:
        text, trigrams = _prepared(passage)
        if wanted in text or (wanted_trigrams and len(wanted_trigrams & trigrams) >= needed):
            return True
    return False


# A question's ten passages are looked at for each k and each evidence string.
@lru_cache(maxsize=64)
def _prepared(text: str) -> tuple[str, frozenset[str]]:
    """The text without what does not count, and its distinct trigrams."""
    squeezed = "".join(plain(text).casefold().split())
    return squeezed, frozenset(squeezed[at : at + 3] for at in range(len(squeezed) - 2))


METRICS = tuple(
    Metric(
        name=f"evidence_recall@{k}",
        description=f"The gold passage, not only its document, is among the first {k} passages.",
        side="retrieval",
        score=partial(evidence_recall_at_k, k=k),
    )
    for k in RECALL_DEPTHS
)
