from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.normalise import normalise
from ingest.parsers.contract import Block, BlockKind, NoTextFound, ParsedDocument


def _document(*blocks: Block, title: str | None = None) -> ParsedDocument:
    return ParsedDocument(title=title, blocks=blocks)


def _block(text: str, kind: BlockKind = BlockKind.PARAGRAPH, level: int = 0) -> Block:
    return Block(kind=kind, text=text, level=level)


def test_blocks_are_parted_by_blank_lines_and_list_items_by_line_breaks() -> None:
    normalised = normalise(
        _document(
            _block("Title", BlockKind.HEADING, 1),
            _block("One", BlockKind.LIST_ITEM, 1),
            _block("Two", BlockKind.LIST_ITEM, 2),
            _block("End."),
        )
    )

    assert normalised.text == "Title\n\nOne\nTwo\n\nEnd."
    assert [normalised.text[b.start : b.end] for b in normalised.blocks] == [
        "Title",
        "One",
        "Two",
        "End.",
    ]


def test_heading_paths_run_from_the_outermost_to_the_block() -> None:
    normalised = normalise(
        _document(
            _block("Preface"),
            _block("A", BlockKind.HEADING, 1),
            _block("B", BlockKind.HEADING, 3),
            _block("text"),
            _block("C", BlockKind.HEADING, 2),
            _block("D", BlockKind.HEADING, 1),
        )
    )

    assert [block.heading_path for block in normalised.blocks] == [
        (),
        ("A",),
        ("A", "B"),
        ("A", "B"),
        ("A", "C"),
        ("D",),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "cleaned"),
    [
        ("a \t b\u00a0\u3000c \n  d\n\n\ne ", BlockKind.PARAGRAPH, "a b c\nd\ne"),
        ("Cafe\u0301 o\u00adf\u200b it\ufeff", BlockKind.PARAGRAPH, "Café of it"),
        ("a\r\nb\rc\u2028d\x0ce", BlockKind.PARAGRAPH, "a\nb\nc\nd\ne"),
        ("bell\x07 nul\x00 \x1b[0m \ud800", BlockKind.PARAGRAPH, "bell nul [0m \ufffd"),
        ("\u202edesrever\u202c hid\U000e0041den", BlockKind.PARAGRAPH, "desrever hidden"),
        ("\u0646\u0645\u06cc\u200c\u0634\u0648\u062f", BlockKind.PARAGRAPH, "نمی‌شود"),
        ("\n  if x:\n\ty  z  \n\n", BlockKind.CODE, "  if x:\n\ty  z"),
        ("A\nheading", BlockKind.HEADING, "A heading"),
        ("a  b | c\n1 | 2", BlockKind.TABLE, "a b | c\n1 | 2"),
    ],
)
def test_text_is_cleaned(text: str, kind: BlockKind, cleaned: str) -> None:
    assert normalise(_document(_block(text, kind, 1))).text == cleaned


def test_an_endless_heading_is_a_paragraph() -> None:
    normalised = normalise(_document(_block("word " * 100, BlockKind.HEADING, 1)))

    assert normalised.blocks[0].kind is BlockKind.PARAGRAPH
    assert normalised.blocks[0].heading_path == ()


def test_titles_are_one_line_of_bounded_length() -> None:
    assert normalise(_document(_block("x"), title=" a\n b ")).title == "a b"
    assert normalise(_document(_block("x"), title=" \x00 ")).title is None
    assert len(normalise(_document(_block("x"), title="word " * 200)).title or "") <= 300


@pytest.mark.parametrize("rule", ["-----", "= = = =", "* * *", "____\n____"])
def test_ruled_lines_are_left_out(rule: str) -> None:
    normalised = normalise(_document(_block("One."), _block(rule), _block("Two.")))
    assert normalised.text == "One.\n\nTwo."


def test_ruled_lines_stay_in_code() -> None:
    assert normalise(_document(_block("-----", BlockKind.CODE))).text == "-----"


def test_nothing_left_is_no_text() -> None:
    with pytest.raises(NoTextFound):
        normalise(_document(_block("\u200b\x00 \ufeff")))


_BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(BlockKind),
    text=st.text(max_size=60),
    level=st.integers(0, 9),
    page=st.none() | st.integers(1, 5),
    header_rows=st.integers(0, 2),
)


@given(st.lists(_BLOCKS, max_size=12))
def test_blocks_cover_the_text_and_stay_the_same_when_normalised_again(blocks: list[Block]) -> None:
    try:
        normalised = normalise(_document(*blocks))
    except NoTextFound:
        return

    text = normalised.text
    assert all(unicodedata.is_normalized("NFC", text[b.start : b.end]) for b in normalised.blocks)
    end = 0
    for block in normalised.blocks:
        assert text[end : block.start].strip("\n") == ""
        assert block.end > block.start
        end = block.end
    assert end == len(text)
    again = normalise(
        _document(
            *(
                Block(
                    kind=block.kind,
                    text=text[block.start : block.end],
                    level=block.level,
                    page=block.page,
                    header_rows=block.header_rows,
                )
                for block in normalised.blocks
            )
        )
    )
    assert again == normalised
