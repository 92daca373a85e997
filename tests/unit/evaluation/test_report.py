from __future__ import annotations

import json

import pytest

from evaluation.report import to_json
from evaluation.runner import evaluate
from tests.unit.evaluation.fakes import FakeAnswerer, FakeSearcher, question

_QUESTIONS = [question("1", must_contain=["x"]), question("2", type_="unanswerable", gold=[])]
_EVALUATION = evaluate(
    _QUESTIONS, searcher=FakeSearcher({"1": ["b.md", "a.md"]}), answerer=FakeAnswerer({"1": "X"})
)
_FLOOR = evaluate(_QUESTIONS, searcher=FakeSearcher({"1": ["a.md"]}))


def test_report_has_the_documented_shape() -> None:
    report = to_json(_EVALUATION, _FLOOR, {"top_k": 10})
    retrieval = {
        **{"recall@1": 0.0, "recall@5": 1.0, "recall@10": 1.0, "mrr": 0.5},
        "ndcg@10": pytest.approx(0.63093, abs=1e-5),
    }
    answered = {
        **{"answer_contains": 1.0, "gold_cited": 1.0, "false_abstention": 0.0},
        **{"answer_length": 1.0, "answer_tokens": 0.0},
    }
    declined = {"abstention_recall": 1.0, "answer_tokens": 0.0}
    floor = dict.fromkeys(["recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"], 1.0)
    assert report == {
        "overall": {
            **retrieval,
            **answered,
            **declined,
            "abstention_precision": 1.0,
        },
        "by_type": {
            "lookup": {"n": 1, **retrieval, **answered},
            "unanswerable": {"n": 1, **declined, "abstention_precision": 1.0},
        },
        "floor": {
            **floor,
            "by_type": {"lookup": {"n": 1, **floor}, "unanswerable": {"n": 1}},
        },
        "config": {"top_k": 10},
        "questions": [
            {
                "id": "1",
                "type": "lookup",
                "ranked": ["b.md", "a.md"],
                "first_gold_rank": 2,
                "status": "answered",
                "cited": ["a.md"],
                "metrics": {**retrieval, **answered},
            },
            {
                "id": "2",
                "type": "unanswerable",
                "ranked": [],
                "first_gold_rank": None,
                "status": "abstained",
                "cited": [],
                "metrics": declined,
            },
        ],
    }
    assert json.loads(json.dumps(report)) == report


def test_what_was_not_measured_is_left_out_and_not_zero() -> None:
    answerable_only = evaluate(_QUESTIONS[:1], searcher=FakeSearcher())
    report = to_json(answerable_only, None, {}, with_questions=False)
    assert report["floor"] is None
    assert "questions" not in report
    assert report["overall"] == dict.fromkeys(
        ["recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"], 0.0
    )
