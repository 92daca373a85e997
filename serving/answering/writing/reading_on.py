"""A sentence in the light of the one before it."""

from __future__ import annotations

from retrieval.questions.anaphora import refers_back


def read_on(before: str, text: str) -> str:
    """Both, where `text` speaks of something that only `before` names: "Your manager drafts a memo.
    It is signed by the director." Else `text` alone.
    """
    return f"{before} {text}" if before and refers_back(text) else text
