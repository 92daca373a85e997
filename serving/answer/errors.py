"""What can go wrong with an answer as such."""

from __future__ import annotations

from core.errors import RequestError, TransientError


class AnswerUnsupported(RequestError):
    """The answer has a claim that is not supported, and the caller wants an error then."""

    title = "Answer unsupported"


class TooManyAnswers(TransientError):
    """As many answers are being made as this server makes at once."""

    title = "Too many answers at once"
