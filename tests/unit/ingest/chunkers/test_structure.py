from __future__ import annotations

import pytest

from core.errors import ConfigurationError
from ingest.chunkers.contract import Chunker, ChunkSpan, TokenCounter
from ingest.chunkers.structure import StructureChunker
from ingest.normalise import NormalisedDocument
from ingest.parsers.contract import Block, BlockKind
from tests.unit.ingest.chunkers.contract import TOKENS, ChunkerContract
from tests.unit.ingest.chunkers.documents import (
    document,
    heading,
    paragraph,
    raw_document,
    table,
    words,
)


class TestStructureChunker(ChunkerContract):
    def make(self, *, max_tokens: int, tokens: TokenCounter = TOKENS) -> Chunker:
        return StructureChunker(max_tokens=max_tokens, tokens=tokens)


class TestStructureChunkerWithTarget(ChunkerContract):
    def make(self, *, max_tokens: int, tokens: TokenCounter = TOKENS) -> Chunker:
        target = max(16, max_tokens // 2) if max_tokens >= 16 else max_tokens
        return StructureChunker(max_tokens=max_tokens, tokens=tokens, target_tokens=target)

    def test_what_fits_into_one_chunk_is_one_chunk(self) -> None:
        text = paragraph(words(100))
        assert len(self.check(document(text), 256)) == 1
        assert len(self.check(document(text, text), 256)) == 2


def _split(doc: NormalisedDocument, max_tokens: int) -> list[ChunkSpan]:
    return StructureChunker(max_tokens=max_tokens, tokens=TOKENS).split(doc)


def _texts(doc: NormalisedDocument, max_tokens: int) -> list[str]:
    return [doc.text[span.start : span.end] for span in _split(doc, max_tokens)]


def test_each_section_is_a_chunk_with_its_heading() -> None:
    doc = document(
        heading("Leave"),
        paragraph(words(60, "annual")),
        heading("Sick leave", 2),
        paragraph(words(60, "sick"), page=2),
        title="Handbook",
    )
    first, second = _split(doc, 100)
    assert doc.text[first.start : first.end].startswith("Leave\n\nannual 0")
    assert doc.text[second.start : second.end].startswith("Sick leave\n\nsick 0")
    assert first.header == "Handbook > Leave"
    assert second.header == "Handbook > Leave > Sick leave"
    assert second.heading_path == ("Leave", "Sick leave")


def test_title_that_repeats_the_first_heading_is_said_once() -> None:
    doc = document(heading("Leave"), paragraph("Ask."), title="leave")
    assert [span.header for span in _split(doc, 100)] == ["Leave"]


def test_small_sections_join_under_the_heading_that_they_share() -> None:
    doc = document(
        heading("Contacts"),
        heading("Payroll", 2),
        paragraph("Ask Ana."),
        heading("Travel", 2),
        paragraph("Ask Ben."),
    )
    assert [span.heading_path for span in _split(doc, 100)] == [("Contacts",)]


def test_small_section_joins_its_own_child_rather_than_the_sibling_before() -> None:
    doc = document(
        heading("Leave"),
        paragraph(words(120, "leave")),
        heading("Travel"),
        paragraph("In short:"),
        heading("Trains", 2),
        paragraph(words(120, "train")),
    )
    assert [text.split()[0] for text in _texts(doc, 256)] == ["Leave", "Travel"]


def test_cousins_do_not_join() -> None:
    doc = document(
        heading("Leave"),
        heading("Sick", 2),
        paragraph("Rest."),
        heading("Travel"),
        heading("Trains", 2),
        paragraph("Book early."),
    )
    assert len(_split(doc, 100)) == 2


def test_headings_without_text_stay_with_the_first_text_below_them() -> None:
    doc = document(
        paragraph(words(90)), heading("A"), heading("B", 2), paragraph(words(90)), title="T"
    )
    spans = _split(doc, 100)
    assert [span.heading_path for span in spans] == [(), ("A", "B")]


def test_a_heading_takes_the_beginning_of_a_paragraph_that_does_not_fit_below_it() -> None:
    doc = document(heading("Leave and absence"), paragraph("One two three four five. " * 16))
    spans = _split(doc, 100)
    assert doc.text[spans[0].start : spans[0].end].startswith("Leave and absence\n\nOne two")
    assert len(spans) == 2


def test_paragraphs_stay_whole() -> None:
    paragraphs = [words(44, stem) for stem in ("alpha", "beta", "gamma")]
    assert _texts(document(*map(paragraph, paragraphs)), 100) == [
        f"{paragraphs[0]}\n\n{paragraphs[1]}",
        paragraphs[2],
    ]


def test_a_line_that_leads_to_the_next_block_goes_along_with_it() -> None:
    doc = document(paragraph(words(60)), paragraph("You need:"), paragraph(words(60, "item")))
    assert _texts(doc, 100) == [words(60), f"You need:\n\n{words(60, 'item')}"]


def test_long_paragraph_is_cut_between_sentences_into_equal_parts() -> None:
    doc = document(paragraph("Leave is earned e.g. every pay period. " * 30))
    spans = _split(doc, 100)
    assert all(doc.text[span.end - 1] == "." for span in spans)
    assert all(doc.text[span.start : span.end].startswith("Leave") for span in spans)
    counts = [span.token_count for span in spans]
    assert max(counts) - min(counts) <= 12


def test_long_sentence_is_cut_between_words() -> None:
    text = words(300, "antidisestablishmentarianism")
    assert " ".join(_texts(document(paragraph(text)), 50)) == text


def test_table_is_cut_between_rows_and_its_header_goes_along() -> None:
    rows = [f"Level {number} | {number} dollars" for number in range(60)]
    doc = document(heading("Rates"), paragraph("All rates:"), table("Grade | Pay", *rows))
    spans = _split(doc, 100)
    texts = [doc.text[span.start : span.end] for span in spans]
    assert texts[0].startswith("Rates\n\nAll rates:\n\nGrade | Pay\nLevel 0 | 0 dollars\n")
    assert [line for text in texts for line in text.split("\n") if "dollars" in line] == rows
    assert [span.context for span in spans] == ["", *["Grade | Pay"] * (len(spans) - 1)]
    assert spans[1].header == "Rates\nGrade | Pay"


def test_table_header_is_never_left_without_a_row() -> None:
    rows = [f"Level {number} | {number} dollars and some more words" for number in range(20)]
    doc = document(paragraph(words(78)), table("Grade | Pay | Notes", *rows))
    texts = _texts(doc, 100)
    assert "Grade" not in texts[0]
    assert texts[1].startswith("Grade | Pay | Notes\nLevel 0")


def test_code_is_cut_between_lines() -> None:
    lines = [f"call_number_{number}(argument, other)" for number in range(40)]
    doc = document(Block(kind=BlockKind.CODE, text="\n".join(lines)))
    assert [line for text in _texts(doc, 64) for line in text.split("\n")] == lines


def test_long_headings_leave_three_quarters_to_the_text() -> None:
    doc = document(
        heading(words(200, "outer")), heading("Inner one", 2), paragraph(words(300)), title="Title"
    )
    headers = {span.header for span in _split(doc, 64)[-3:]}
    assert headers == {"Title > Inner one"}


def test_long_innermost_heading_is_shortened_between_words() -> None:
    doc = document(heading("Very long heading about many things and more " * 5), paragraph("Text."))
    header = _split(doc, 256)[0].header
    assert doc.text.startswith(header)
    assert TOKENS.count(header) == 40
    short = _split(doc, 64)[-1].header
    assert doc.text.startswith(f"{short} ")
    assert TOKENS.count(short) <= 16


def test_long_table_header_is_shortened() -> None:
    columns = " | ".join(f"column {number}" for number in range(60))
    doc = document(table(columns, *["1 | 2 | 3"] * 100))
    last = _split(doc, 100)[-1]
    assert last.context.startswith("column 0 | column 1")
    assert TOKENS.count(last.context) <= 25


def test_page_is_that_of_the_first_character() -> None:
    doc = document(
        paragraph(words(60), page=1), paragraph(words(20), page=2), paragraph("x", page=3)
    )
    assert [span.page for span in _split(doc, 64)] == [1, 2]


@pytest.mark.parametrize("target", [15, 300])
def test_target_outside_the_limits_is_refused(target: int) -> None:
    with pytest.raises(ConfigurationError, match="target"):
        StructureChunker(max_tokens=256, tokens=TOKENS, target_tokens=target)


def test_unicode_sentence_ends_count() -> None:
    doc = raw_document("这是一个句子。" * 40)
    assert all(text.endswith("。") for text in _texts(doc, 64))
