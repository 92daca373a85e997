from __future__ import annotations

from dataclasses import replace

import pytest

from core.chunks import Hit
from retrieval.passages.passage import Passage
from serving.answering.evidence import candidate_sentences
from serving.answering.table_rows import column_rows, with_column_names
from serving.sentences import iter_sentences
from tests.integration.retrieval.points import point

_SALES = "Zone | 2022 | 2023\nEurope | 9283 | 9467\nAsia | 9335 | 9060"


def _columns(text: str) -> dict[str, list[str]]:
    """By row, the rows that name its columns."""
    spans = list(iter_sentences(text))
    rows = [text[span.start : span.end] for span in spans]
    return {
        rows[row]: [rows[name] for name in names] for row, names in column_rows(text, spans).items()
    }


def test_the_row_above_the_figures_names_their_columns() -> None:
    assert _columns(_SALES) == {
        "Europe | 9283 | 9467": ["Zone | 2022 | 2023"],
        "Asia | 9335 | 9060": ["Zone | 2022 | 2023"],
    }


def test_several_rows_may_name_the_columns() -> None:
    text = "In CHF | | First half\n| Sales | Profit\nEurope | 9283 | -1,606"
    assert _columns(text) == {
        "Europe | 9283 | -1,606": ["In CHF | | First half", "| Sales | Profit"]
    }


@pytest.mark.parametrize(
    "text",
    [
        "MC | Multiple choice\nORD | Ordering",
        "Europe | 9283 | 9467\nAsia | 9335 | 9060",
        "Nothing here is a table.",
    ],
)
def test_without_names_above_figures_nothing_names_columns(text: str) -> None:
    assert _columns(text) == {}


def test_a_blank_line_ends_a_table() -> None:
    assert _columns("Kind | Of what\n\nEurope | 9283") == {}


@pytest.mark.parametrize(
    ("row", "columns", "read"),
    [
        ("Europe | 9283 | 9467", ["Zone | 2022 | 2023"], "Zone: Europe, 2022: 9283, 2023: 9467"),
        ("Europe | | 9467", ["| 2022 | 2023"], "Europe, 2023: 9467"),
        ("Europe | 9", ["In CHF | First half", "| Sales"], "In CHF: Europe, First half Sales: 9"),
        ("Europe | 9", [], "Europe, 9"),
    ],
)
def test_a_row_is_read_with_the_names_of_its_columns(
    row: str, columns: list[str], read: str
) -> None:
    assert with_column_names(row, columns) == read


def test_column_names_are_no_sentence_and_come_with_their_rows() -> None:
    passage = Passage.of(Hit(chunk=point("doc", text=_SALES).chunk, score=1.0))

    sentences = list(candidate_sentences([passage]))

    assert [sentence.text for sentence in sentences] == [
        "Europe | 9283 | 9467",
        "Asia | 9335 | 9060",
    ]
    for sentence in sentences:
        (names,) = sentence.columns
        assert names.text == "Zone | 2022 | 2023"
        assert passage.text[names.start - passage.start : names.end - passage.start] == names.text


def test_a_name_and_its_value_are_a_sentence_of_two_words() -> None:
    text = "Surname: Keller\n\nORD | Ordering\n\nRead more"
    passage = Passage.of(Hit(chunk=point("doc", text=text).chunk, score=1.0))
    assert [sentence.text for sentence in candidate_sentences([passage])] == [
        "Surname: Keller",
        "ORD | Ordering",
    ]


def test_a_line_that_repeats_the_title_is_no_sentence() -> None:
    chunk = point("doc", text="Subject: Our meeting on Friday\n\nIt begins at nine.").chunk
    titled = Passage.of(Hit(chunk=replace(chunk, title="Our meeting on Friday"), score=1.0))
    assert [sentence.text for sentence in candidate_sentences([titled])] == ["It begins at nine."]
