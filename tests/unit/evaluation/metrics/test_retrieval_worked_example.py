"""Five questions worked out by hand, every retrieval metric of each and their means."""

from __future__ import annotations

from math import log2

import pytest

from evaluation.metrics.registry import METRICS
from evaluation.outcome import Outcome
from evaluation.scores import aggregate, score
from tests.unit.evaluation.fakes import outcome

# A passage a line; the first column is what counts, the distinct documents with their rank.
#
# question    gold                       distinct documents found, best first
# first       a                          1 a   2 b   3 c
# third       a                          1 b   2 c   3 a            (passages b b c a)
# either      a or d (one suffices)      1 b   2 d   3 a
# both        a and d (multi_doc)        1 a   2 b   3 c   4 e   5 f   6 d
# missed      a                          1 b   2 c
_OUTCOMES: dict[str, Outcome] = {
    "first": outcome(["a", "b", "c"], gold=["a"]),
    "third": outcome(["b", "b", "c", "a"], gold=["a"]),
    "either": outcome(["b", "d", "a"], gold=["a", "d"]),
    "both": outcome(["a", "b", "c", "e", "f", "d"], gold=["a", "d"], type_="multi_doc"),
    "missed": outcome(["b", "c"], gold=["a"]),
}

# DCG adds 1 / log2(rank + 1) for each gold document; the ideal DCG has them on ranks 1, 2, …
# One gold document: the ideal is 1 / log2(2) = 1.
# Two gold documents: the ideal is 1 / log2(2) + 1 / log2(3) = 1.63093.
# third has rank 3 alone: 1 / log2(4) = 0.5.
# either has ranks 2 and 3: (0.63093 + 0.5) / 1.63093 = 0.69343
# both has ranks 1 and 6: (1 + 0.35621) / 1.63093 = 0.83156
_WORKED = {
    #           R@1  R@5  R@10  RR     nDCG@10  share@1 @5   @10
    "first": (1.0, 1.0, 1.0, 1.0, 1.0, None, None, None),
    "third": (0.0, 1.0, 1.0, 1 / 3, 0.5, None, None, None),
    "either": (0.0, 1.0, 1.0, 1 / 2, 0.69343, None, None, None),
    "both": (0.0, 0.0, 1.0, 1.0, 0.83156, 0.5, 0.5, 1.0),
    "missed": (0.0, 0.0, 0.0, 0.0, 0.0, None, None, None),
}
_NAMES = (
    *("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"),
    *("gold_share@1", "gold_share@5", "gold_share@10"),
)


@pytest.mark.parametrize("name", list(_OUTCOMES))
def test_each_question_has_the_values_worked_out_by_hand(name: str) -> None:
    for metric, expected in zip(_NAMES, _WORKED[name], strict=True):
        value = METRICS[metric].score(_OUTCOMES[name])
        assert value == (None if expected is None else pytest.approx(expected, abs=1e-5)), metric


def test_means_over_the_questions_are_those_worked_out_by_hand() -> None:
    scores = aggregate([score(one) for one in _OUTCOMES.values()])
    assert scores.value("recall@1") == pytest.approx(1 / 5)
    assert scores.value("recall@5") == pytest.approx(3 / 5)
    assert scores.value("recall@10") == pytest.approx(4 / 5)
    # (1 + 1/3 + 1/2 + 1 + 0) / 5 = 17/30
    assert scores.value("mrr") == pytest.approx(17 / 30)
    # (1 + 0.5 + 0.69343 + 0.83156 + 0) / 5 = 0.604998
    assert scores.value("ndcg@10") == pytest.approx(0.604998, abs=1e-5)
    assert scores.metrics["gold_share@5"].n == 1


def test_ndcg_is_the_formula_of_its_source() -> None:
    found = (1 / log2(3) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3))
    assert METRICS["ndcg@10"].score(_OUTCOMES["either"]) == pytest.approx(found)


def test_question_that_nothing_answers_has_no_retrieval_metric() -> None:
    unanswerable = outcome(["a"], gold=[], type_="unanswerable")
    assert score(unanswerable).metrics == {}


def test_search_that_finds_nothing_scores_zero_and_is_not_left_out() -> None:
    metrics = score(outcome([])).metrics
    assert metrics == dict.fromkeys(_NAMES[:5], 0.0)


def test_only_the_first_ten_distinct_documents_count() -> None:
    ranking = [f"{number // 2}" for number in range(20)] + ["a"]
    late = outcome(ranking, gold=["a"])
    assert late.documents == tuple(str(number) for number in range(10))
    assert METRICS["mrr"].score(late) == 0.0
