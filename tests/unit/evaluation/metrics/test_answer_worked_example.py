"""One small answer, with every answer metric worked out by hand beside it."""

from __future__ import annotations

import pytest

from evaluation.answers import Answered, AnsweredClaim, Cited, Verdict
from evaluation.metrics.citation import citation_recall, precise_citations
from evaluation.metrics.entailment import covers
from evaluation.outcome import Outcome
from evaluation.scores import aggregate, score
from evaluation.sets import Question
from tests.unit.evaluation.fakes import question

_LEAVE = Cited(path="leave.md", quote="Full-time employees receive 27 days of annual leave.")
_HOURS = Cited(path="hours.md", quote="Part-time employees work fewer hours.")
_BOTH_HALVES = (
    Cited(path="leave.md", quote="Leave is requested four weeks ahead"),
    Cited(path="leave.md", quote="through the portal"),
)


def _claim(text: str, *citations: Cited, verdict: Verdict = "supported") -> AnsweredClaim:
    return AnsweredClaim(text=text, verdict=verdict, citations=citations)


_CLAIMS = (
    # Cited twice; the second citation adds nothing: recall 1, 1 of 2 citations needed.
    _claim("Full-time employees receive 27 days of annual leave.", _LEAVE, _HOURS),
    # Neither half covers it alone, together they do: recall 1, 2 of 2.
    _claim("Leave is requested four weeks ahead through the portal", *_BOTH_HALVES),
    # Another figure than the quote's: recall 0, so 0 of 1.
    _claim("Full-time employees receive 30 days of annual leave.", _LEAVE, verdict="partial"),
    # No citation: recall 0, and nothing for precision.
    _claim("It is paid.", verdict="unchecked"),
)


def _answered(*claims: AnsweredClaim, cited: tuple[str, ...] = ()) -> Answered:
    return Answered(
        status="answered",
        text="x" * 120,
        claims=claims,
        cited=cited,
        latency_s=0.5,
        prompt_tokens=30,
        completion_tokens=12,
    )


def _outcome(asked: Question, answer: Answered | None) -> Outcome:
    return Outcome(question=asked, passages=None, answer=answer)


@pytest.mark.parametrize(
    ("claim", "recall", "precise"),
    list(zip(_CLAIMS, (True, True, False, False), (1, 2, 0, 0), strict=True)),
)
def test_citations_of_one_claim(claim: AnsweredClaim, recall: bool, precise: int) -> None:
    assert citation_recall(claim, covers) is recall
    assert precise_citations(claim, covers) == precise


def test_a_citation_that_covers_a_claim_alone_counts_though_another_does_too() -> None:
    claim = _claim("Full-time employees receive 27 days of annual leave.", _LEAVE, _LEAVE)
    assert precise_citations(claim, covers) == 2


def test_scores_of_a_set() -> None:
    evidence = ["Full-time employees receive 27 days of annual leave.", "Overtime is paid twice."]
    results = [
        score(
            _outcome(
                question("1", gold=["leave.md", "pay.md"], type_="multi_doc", evidence=evidence),
                _answered(*_CLAIMS, cited=("leave.md", "hours.md")),
            )
        ),
        score(
            _outcome(
                question("2", gold=["leave.md"], evidence=evidence),
                _answered(_CLAIMS[0], cited=("leave.md",)),
            )
        ),
        score(_outcome(question("3", evidence=evidence), Answered(status="abstained", text="No."))),
        score(
            _outcome(
                question("4", type_="unanswerable", gold=[]),
                Answered(status="abstained", text="No."),
            )
        ),
    ]
    scores = aggregate(results)
    # 1 and 2 have claims: 3 of 5 covered by their citations, 1 + 2 + 0 and 1 of 5 + 2 citations.
    assert scores.value("citation_recall") == pytest.approx(3 / 5)
    assert scores.value("citation_precision") == pytest.approx(4 / 7)
    # By the server's verdicts: 2 of 4, and 1 of 1.
    assert scores.value("claim_precision") == pytest.approx(3 / 5)
    # Of 1's two evidence strings one is stated; 2 needs only one; 3 declined.
    assert scores.value("claim_recall") == pytest.approx((1 / 2 + 1 + 0) / 3)
    # 1 needs both documents and cites one of them; 2 cites its own.
    assert scores.value("gold_cited") == pytest.approx(1 / 2)
    # Of the two that were declined, one has no answer.
    assert scores.value("abstention_precision") == pytest.approx(1 / 2)
    assert scores.value("answer_length") == 120
    assert scores.value("latency_s") == 0.5
    assert scores.value("answer_tokens") == pytest.approx((42 + 42 + 0 + 0) / 4)
    assert scores.value("cost") is None


@pytest.mark.parametrize(
    ("premise", "hypothesis", "expected"),
    [
        ("Staff get 27 days of leave a year.", "staff get 27 days of leave", True),
        ("Staff get 27 days of leave a year.", "staff get 28 days of leave", False),
        ("A fee of 1,200 is due.", "a fee of 1,200", True),
        ("The **car park** closes at eight.", "The car park closes at eight.", True),
        ("The car park closes at eight.", "Nobody may stay overnight.", False),
        ("anything", "", True),
    ],
)
def test_covering_is_of_words_and_every_figure(
    premise: str, hypothesis: str, expected: bool
) -> None:
    assert covers(premise, hypothesis) is expected
