from __future__ import annotations

import pytest

from evaluation.metrics.evidence import evidence_recall_at_k, holds_evidence
from tests.unit.evaluation.fakes import outcome

_EVIDENCE = "New badges are processed every Wednesday."


@pytest.mark.parametrize(
    "passage",
    [
        _EVIDENCE,
        f"Badges. {_EVIDENCE} Bring a photo.",
        "New **badges** are\n processed every [Wednesday](https://example.test/calendar).",
        "New badges are processed `every` Wednesday.",
        # One word is missing: of the evidence's 34 trigrams (36 characters without white space),
        # the five that hold a letter of "are" are gone.
        "New badges processed every Wednesday.",
    ],
)
def test_passage_with_the_evidence_in_other_dress_holds_it(passage: str) -> None:
    assert holds_evidence([passage], _EVIDENCE)


@pytest.mark.parametrize(
    "passage",
    [
        "",
        "Old passports are checked every Tuesday.",
        # The first half of the evidence: 14 of its 34 trigrams.
        "New badges are proc",
    ],
)
def test_passage_without_the_evidence_does_not_hold_it(passage: str) -> None:
    assert not holds_evidence([passage], _EVIDENCE)


def test_share_of_trigrams_at_the_border() -> None:
    # "abcdefghijkl" has the ten trigrams abc, bcd, … jkl; its first nine characters have seven.
    assert holds_evidence(["abcdefghi"], "abcdefghijkl")
    assert not holds_evidence(["abcdefgh"], "abcdefghijkl")


def test_evidence_shorter_than_a_trigram_has_to_stand_there_as_it_is() -> None:
    assert holds_evidence(["at 55 euros"], "55")
    assert not holds_evidence(["at 5 euros"], "55")


def test_rank_of_the_passage_counts_and_not_that_of_its_document() -> None:
    found = outcome(["a.md", "a.md"], evidence=[_EVIDENCE], texts=["Badges.", _EVIDENCE])
    assert evidence_recall_at_k(found, k=1) == 0.0
    assert evidence_recall_at_k(found, k=5) == 1.0


def test_multi_document_question_needs_every_evidence_and_others_one() -> None:
    evidence = ["The cells were eleven days late.", "Output in April fell by 340 units."]
    paths, texts = ["a", "b"], [evidence[0], "Something else altogether."]
    lookup = outcome(paths, gold=["a", "b"], evidence=evidence, texts=texts)
    multi = outcome(paths, gold=["a", "b"], type_="multi_doc", evidence=evidence, texts=texts)
    assert evidence_recall_at_k(lookup, k=5) == 1.0
    assert evidence_recall_at_k(multi, k=5) == 0.0


def test_question_without_evidence_is_left_out() -> None:
    assert evidence_recall_at_k(outcome(["a.md"]), k=5) is None
