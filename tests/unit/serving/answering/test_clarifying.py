"""When an answer asks back, and what it offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core.chunks import Hit
from retrieval.passages.passage import Passage
from retrieval.pipeline import SearchResult
from retrieval.questions.contract import Turn, Understood
from serving.answering.clarifying import Clarification, Clarifier
from serving.answering.contract import Citation, Claim, Draft
from tests.integration.retrieval.points import point


def hit(document: str, text: str, *headings: str) -> Hit:
    chunk = point(document, text=text).chunk
    return Hit(chunk=replace(chunk, title="Handbook", heading_path=headings), score=1.0)


ANNUAL = hit("leave", "Employees receive 27 days of paid annual leave.", "Annual leave")
PARENTAL = hit("leave", "Parents take up to 18 weeks.", "Parental leave")
BERLIN = hit("berlin", "Hotels cost at most 140 euros a night.", "Berlin office")
OSLO = hit("oslo", "Hotels cost at most 210 euros a night.", "Oslo office")


def find(
    question: str, hits: Sequence[Hit], *, history: Sequence[Turn] = ()
) -> Clarification | None:
    result = SearchResult(
        hits=list(hits),
        understood=Understood(question=question),
        passages=tuple(Passage.of(each) for each in hits),
        question_vector=np.zeros(1, dtype=np.float32),
        timings_s={},
    )
    text = hits[0].chunk.text
    quoted = Citation(hit=hits[0], quote=text, start=0, end=len(text))
    draft = Draft(claims=(Claim(text=text, citations=(quoted,)),), signs=None, model="test")
    return Clarifier().find(draft, result, history=history)


def labels(clarification: Clarification | None) -> list[str]:
    assert clarification is not None
    return [option.label for option in clarification.options]


@pytest.mark.parametrize(
    "question", ["How many days do I get?", "Who has to approve it?", "What is the deadline?"]
)
def test_question_without_a_subject_is_asked_back_with_the_headings(question: str) -> None:
    assert labels(find(question, [ANNUAL, PARENTAL])) == ["Annual leave", "Parental leave"]


@pytest.mark.parametrize(
    "question",
    [
        "How many days of annual leave do I get?",
        "What does ERR-1042 mean?",
        "How do I request parental leave?",
        "???",
    ],
)
def test_question_with_a_subject_is_not(question: str) -> None:
    assert find(question, [ANNUAL, PARENTAL]) is None


def test_conversation_gives_the_subject() -> None:
    history = [Turn(role="user", text="Tell me about annual leave.")]
    assert find("How many days do I get?", [ANNUAL, PARENTAL], history=history) is None


def test_one_heading_leaves_nothing_to_ask() -> None:
    assert find("How many days do I get?", [ANNUAL]) is None


def test_answer_that_depends_on_which_is_meant_is_asked_back() -> None:
    clarification = find("What may a hotel cost?", [BERLIN, ANNUAL, OSLO])
    assert labels(clarification) == ["Berlin office", "Oslo office"]


def test_question_that_says_which_is_meant_is_not() -> None:
    assert find("What may a hotel in Oslo cost?", [OSLO, BERLIN]) is None


def test_equal_headings_of_several_documents_go_by_their_titles() -> None:
    here = replace(BERLIN, chunk=replace(BERLIN.chunk, title="Berlin", heading_path=("Hotels",)))
    there = replace(OSLO, chunk=replace(OSLO.chunk, title="Oslo", heading_path=("Hotels",)))
    clarification = find("What may a hotel cost?", [here, there])
    assert labels(clarification) == ["Berlin > Hotels", "Oslo > Hotels"]
