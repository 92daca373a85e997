from __future__ import annotations

from core.chunks import Hit
from retrieval.passages.passage import Passage
from serving.answering.evidence import candidate_sentences
from serving.answering.extractive import with_columns
from tests.integration.retrieval.points import point


def test_rows_bring_the_names_of_their_columns_once() -> None:
    text = "Zone | 2022 | 2023\nEurope | 9283 | 9467\nAsia | 9335 | 9060"
    passage = Passage.of(Hit(chunk=point("doc", text=text).chunk, score=1.0))
    rows = list(candidate_sentences([passage]))

    found = with_columns(rows)

    assert sorted(sentence.start for sentence in found) == [
        text.index(row) for row in text.split("\n")
    ]
