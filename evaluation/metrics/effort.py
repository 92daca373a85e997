"""What an answer takes: reading, waiting, money."""

from __future__ import annotations

from evaluation.metrics.contract import Metric
from evaluation.outcome import Outcome


def answer_length(outcome: Outcome) -> float | None:
    """Characters of an answer, markers included; abstentions have none."""
    answer = outcome.answer
    return None if answer is None or answer.status != "answered" else float(len(answer.text))


def latency_s(outcome: Outcome) -> float | None:
    """Seconds that the asker waited, also for an abstention."""
    return None if outcome.answer is None else outcome.answer.latency_s


def cost(outcome: Outcome) -> float | None:
    """In the server's currency; None where the server names none."""
    return None if outcome.answer is None else outcome.answer.cost


def answer_tokens(outcome: Outcome) -> float | None:
    """Tokens that models read and wrote for an answer or an abstention."""
    answer = outcome.answer
    return None if answer is None else float(answer.prompt_tokens + answer.completion_tokens)


METRICS = (
    Metric(
        name="answer_length",
        description="Characters of an answer.",
        side="answer",
        score=answer_length,
        higher_is_better=False,
        unit="characters",
    ),
    Metric(
        name="latency_s",
        description="Seconds that the asker waited.",
        side="answer",
        score=latency_s,
        higher_is_better=False,
        unit="seconds",
    ),
    Metric(
        name="answer_tokens",
        description="Tokens that models read and wrote.",
        side="answer",
        score=answer_tokens,
        higher_is_better=False,
        unit="tokens",
    ),
    Metric(
        name="cost",
        description="Cost of an answer, where the server names one.",
        side="answer",
        score=cost,
        higher_is_better=False,
        unit="currency",
    ),
)
