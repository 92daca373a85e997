"""Understanding a question: here, making a follow-up stand alone."""

from __future__ import annotations

from collections.abc import Sequence


def standalone_question(question: str, earlier_questions: Sequence[str]) -> str:
    """The question with what it leans on: "And if I land at the other one?" names nothing itself.

    `earlier_questions` are the same person's, oldest first; the last one is put in front.
    """
    return f"{earlier_questions[-1]} {question}" if earlier_questions else question
