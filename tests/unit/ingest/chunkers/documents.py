"""Documents to chunk: from written-out blocks, from raw text, and at random."""

from __future__ import annotations

from hypothesis import strategies as st

from ingest.normalise import NormalisedDocument, TextBlock, normalise
from ingest.parsers.contract import Block, BlockKind, ParsedDocument


def heading(text: str, level: int = 1, page: int | None = None) -> Block:
    return Block(kind=BlockKind.HEADING, text=text, level=level, page=page)


def paragraph(text: str, page: int | None = None) -> Block:
    return Block(kind=BlockKind.PARAGRAPH, text=text, page=page)


def table(*rows: str, header_rows: int = 1) -> Block:
    return Block(kind=BlockKind.TABLE, text="\n".join(rows), header_rows=header_rows)


def document(*blocks: Block, title: str | None = None) -> NormalisedDocument:
    return normalise(ParsedDocument(title=title, blocks=blocks))


def raw_document(text: str) -> NormalisedDocument:
    """The text as one paragraph, characters as they are: harsher than anything normalised."""
    start = len(text) - len(text.lstrip())
    end = start + len(text.strip())
    block = TextBlock(
        kind=BlockKind.PARAGRAPH,
        start=start,
        end=end,
        level=0,
        page=None,
        header_rows=0,
        heading_path=(),
    )
    return NormalisedDocument(title=None, text=text, blocks=(block,) if start < end else ())


def words(count: int, stem: str = "word") -> str:
    """`count` tokens, none like the other."""
    return " ".join(f"{stem} {number}" for number in range(count // 2))


_SENTENCES = st.lists(
    st.sampled_from(
        [
            "Leave is earned every pay period.",
            "See e.g. the travel page!",
            "Ask Dr. Smith (room 3)?",
            "没有空格的句子。再来一句！",
            "Zażółć gęślą jaźń, İstanbul e\u0301.",
            "👩\u200d👩\u200d👧 ok",
            "https://example.test/a/very/long/path?with=parameters&and=more",
            "x" * 130,
            "한국어 문장입니다.",
        ]
    ),
    min_size=1,
    max_size=15,
).map(" ".join)

_TEXTS = st.one_of(
    _SENTENCES,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.lists(_SENTENCES, min_size=1, max_size=6).map("\n".join),
)

_BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(BlockKind),
    text=_TEXTS,
    level=st.integers(1, 6),
    page=st.none() | st.integers(1, 3),
    header_rows=st.integers(0, 2),
)

_HEADINGS = st.builds(
    heading, st.text(min_size=1, max_size=30) | _SENTENCES, level=st.integers(1, 4)
)

random_documents = st.builds(
    lambda title, blocks: document(*blocks, paragraph("The end."), title=title),
    st.none() | _TEXTS,
    st.lists(st.one_of(_BLOCKS, _HEADINGS), max_size=12),
)
