"""Operational metrics. Labels are closed sets: never a principal, a question or a document."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

STAGE_DURATION = Histogram(
    "vouch_search_duration_seconds",
    "Seconds spent in one stage of answering a question.",
    ["stage"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ANSWERS = Counter("vouch_answers_total", "Answers by how they ended.", ["status"])
ANSWERS_NOT_KEPT = Counter(
    "vouch_answers_not_kept_total", "Answers that were given, but could not be recorded."
)
MODEL_FIRST_WORD_DURATION = Histogram(
    "vouch_model_first_word_duration_seconds",
    "Seconds until a language model's first word, by tier.",
    ["tier"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60),
)
MODEL_TOKENS = Counter(
    "vouch_model_tokens_total", "Tokens that language models read and wrote.", ["tier", "kind"]
)
MODEL_FAILURES = Counter(
    "vouch_model_failures_total", "Tiers that did not begin to answer.", ["tier", "error"]
)
ANSWERS_IN_PROGRESS = Gauge("vouch_answers_in_progress", "Answers that are being made now.")
FEEDBACK = Counter("vouch_feedback_total", "Feedback on answers by verdict.", ["verdict"])
CLAIMS = Counter("vouch_claims_total", "Checked claims, delivered or not, by verdict.", ["verdict"])
