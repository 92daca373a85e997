"""What one answer is worth: the evaluation's metrics, and those of a model that writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.model_answers.asking import Asked
from benchmarks.model_answers.exchanges import Exchange
from benchmarks.model_answers.values import invented_numbers
from evaluation.outcome import Outcome
from evaluation.scores import QuestionResult, score
from evaluation.sets import Question
from serving.answer.events import NoticeCode
from serving.answering.writing.reply_reader import ReplyReader
from serving.answering.writing.sentence import WrittenSentence
from serving.checking.contract import Verdict

EXTRACTIVE = "extractive"
_PASSAGE = re.compile(r"^\[(\d+)\] (.*)\n((?:^>.*\n?)*)", re.MULTILINE)

Parts = tuple[float, float]


def scored(
    question: Question,
    asked: Asked,
    exchanges: Sequence[Exchange],
    *,
    exact_quotes: Parts,
) -> QuestionResult:
    """The result with further metrics. `written_…` are about an answer that a model wrote."""
    result = score(Outcome(question=question, passages=None, answer=asked.answered))
    response = asked.response
    claims = response["claims"]
    is_written = bool(claims) and response["usage"]["model"] != EXTRACTIVE
    metrics = {
        "total_s": asked.total_s,
        "model_was_asked": float(bool(exchanges)),
        "model_wrote_again": float(len(exchanges) > 1),
        "prompt_tokens": float(response["usage"]["prompt_tokens"]),
        "reply_tokens": float(response["usage"]["completion_tokens"]),
        "claims": float(len(claims)),
        "written_answer": float(is_written),
        "quoted_instead": float(bool(claims and exchanges and not is_written)),
        "is_degraded": float(bool(response["degraded"])),
        "invented_numbers": float(sum(len(_invented(claim)) for claim in claims)),
    }
    metrics |= {f"notice:{code}": 0.0 for code in NoticeCode}
    metrics |= {f"notice:{notice['code']}": 1.0 for notice in response["notices"]}
    metrics |= {f"degraded:{step}": 1.0 for step in response["degraded"]}
    if asked.first_claim_s is not None:
        metrics["first_claim_s"] = asked.first_claim_s
    ratios: dict[str, Parts] = {"exact_quotes": exact_quotes}
    ratios |= {
        f"verdict:{verdict}": (
            float(sum(claim["verdict"] == verdict for claim in claims)),
            float(len(claims)),
        )
        for verdict in Verdict
    }
    ratios |= _of_the_replies(exchanges, claims if is_written else [])
    return replace(
        result,
        metrics=result.metrics | metrics,
        ratios=result.ratios | {name: parts for name, parts in ratios.items() if parts[1]},
    )


def _invented(claim: dict[str, Any]) -> set[str]:
    return invented_numbers(claim["text"], " ".join(c["quote"] for c in claim["citations"]))


def _of_the_replies(
    exchanges: Sequence[Exchange], claims: Sequence[dict[str, Any]]
) -> dict[str, Parts]:
    """How many of their sentences were not delivered; and of those that were and name a passage,
    how many with a citation of another one.
    """
    by_text = {
        sentence.text: (sentence, passages_of(exchange.asked))
        for exchange in exchanges
        for sentence in written_sentences(exchange.reply)
    }
    delivered = [(*by_text[claim["text"]], claim) for claim in claims if claim["text"] in by_text]
    citing = [each for each in delivered if each[0].passages]
    repaired = sum(not _cites_rightly(*each) for each in citing)
    return {
        "sentences_withheld": (float(len(by_text) - len(delivered)), float(len(by_text))),
        "sentences_uncited": (float(len(delivered) - len(citing)), float(len(delivered))),
        "citations_repaired": (float(repaired), float(len(citing))),
    }


def _cites_rightly(
    sentence: WrittenSentence, passages: dict[int, tuple[str, str]], claim: dict[str, Any]
) -> bool:
    """Whether the first quote lies in a passage that the model named."""
    first = _words(claim["citations"][0]["quote"]) if claim["citations"] else ""
    named = [passages[number][1] for number in sentence.passages if number in passages]
    return any(first in _words(text) for text in named)


def passages_of(asked: str) -> dict[int, tuple[str, str]]:
    """Heading and text of each passage that a model was given, by number."""
    return {
        int(number): (heading, re.sub(r"^> ?", "", lines, flags=re.MULTILINE))
        for number, heading, lines in _PASSAGE.findall(asked)
    }


def written_sentences(reply: str) -> list[WrittenSentence]:
    """What a reply says, as Vouch reads it."""
    reader = ReplyReader()
    return [*reader.feed(reply), *reader.close()]


def _words(text: str) -> str:
    return " ".join(text.split())
