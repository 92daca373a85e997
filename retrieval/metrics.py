"""Operational metrics. Labels are closed sets: never a principal, a question or a document."""

from __future__ import annotations

from prometheus_client import Counter

RERANKER_FAILURES = Counter(
    "vouch_reranker_failures_total",
    "Searches served in the order of the fusion, by why the reranker did not order them.",
    ["reason"],
)
