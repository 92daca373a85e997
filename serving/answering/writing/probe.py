"""Which way of citing a model does better: a few questions, asked both ways."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from core.errors import ConfigurationError, PermanentError, TransientError
from core.language_models.contract import Usage
from serving.answering.writing.json_reader import REPLY_SCHEMA
from serving.answering.writing.prompt import load_prompt
from serving.answering.writing.reply_reader import ReplyReader
from serving.answering.writing.sentence import WrittenSentence
from serving.checking.alignment.quotes import align
from serving.models.tier import ModelTier, Style

_STYLES: tuple[Style, ...] = ("markers", "json")
_NUMBER = re.compile(r"\d+")
_PASSAGES = (
    "Staff may borrow up to 6 books at a time. A book is lent for 21 days.",
    "The reading room opens at 9 and closes at 17. It is closed on Sundays.",
    "A lost book costs 35 euros. Report it at the desk on the second floor.",
)
_MATERIAL = "\n\n".join(
    f"[{number}] Library guide\n> {text}" for number, text in enumerate(_PASSAGES, start=1)
)


@dataclass(frozen=True, slots=True)
class _Case:
    """`value` and the number of the passage that has it; None where no passage answers."""

    question: str
    answer: tuple[str, int] | None


_CASES = (
    _Case("For how many days is a book lent?", ("21", 1)),
    _Case("What does a lost book cost?", ("35", 3)),
    _Case("How many books does the library own?", None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """How many of the questions a model answered rightly and cited exactly, by style. `usage` of
    the last reply that said, and the seconds to the first word at best. `failure` is why it could
    not be asked to the end.
    """

    right: dict[Style, int]
    asked: int
    usage: Usage | None
    first_word_s: float | None
    failure: str | None

    @property
    def style(self) -> Style:
        """JSON for a model that does all rightly by it, because its quotes are exact then; small
        models do better with markers.
        """
        is_sure = self.failure is None and self.right["json"] == self.asked
        return "json" if is_sure and self.right["json"] >= self.right["markers"] else "markers"


def probe(tier: ModelTier) -> Probed:
    """Six short requests, one after another. Never raises for what the model does."""
    right: dict[Style, int] = dict.fromkeys(_STYLES, 0)
    usage: Usage | None = None
    waits: list[float] = []
    failure = None
    try:
        for style in _STYLES:
            for case in _CASES:
                reply = _ask(tier, style, case)
                right[style] += _is_right(case, reply)
                usage = reply.usage or usage
                waits.append(reply.first_word_s)
    except (TransientError, PermanentError, ConfigurationError) as error:
        failure = error.detail
    return Probed(
        right=right,
        asked=len(_CASES),
        usage=usage,
        first_word_s=min(waits, default=None),
        failure=failure,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    sentences: list[WrittenSentence]
    says_unanswerable: bool
    usage: Usage | None
    first_word_s: float


def _ask(tier: ModelTier, style: Style, case: _Case) -> _Reply:
    stream = tier.model.stream(
        load_prompt(style).messages(
            f"{_MATERIAL}\n\nQuestion: {case.question}", language="English", is_rewrite=False
        ),
        max_tokens=tier.settings.max_tokens,
        timeout_s=tier.settings.timeout_s,
        temperature=tier.settings.temperature,
        json_schema=REPLY_SCHEMA if style == "json" else None,
    )
    reader = ReplyReader()
    sentences: list[WrittenSentence] = []
    started = time.perf_counter()
    first_word_s: float | None = None
    for piece in stream:
        first_word_s = first_word_s or time.perf_counter() - started
        sentences += reader.feed(piece)
    return _Reply(
        sentences=sentences + reader.close(),
        says_unanswerable=reader.says_unanswerable,
        usage=stream.usage,
        first_word_s=first_word_s or time.perf_counter() - started,
    )


def _is_right(case: _Case, reply: _Reply) -> bool:
    if case.answer is None:
        return reply.says_unanswerable and not reply.sentences
    value, number = case.answer
    passage = _PASSAGES[number - 1]
    return any(
        value in _NUMBER.findall(sentence.text) and _cites(sentence, number, passage)
        for sentence in reply.sentences
    )


def _cites(sentence: WrittenSentence, number: int, passage: str) -> bool:
    """By its quote where it has one, which small models get right more often than its number."""
    if sentence.quote:
        return align(sentence.quote, passage) is not None
    return sentence.passages == (number,)
