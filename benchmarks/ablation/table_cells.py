"""Questions for one cell of a table, made out of any corpus."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping

from evaluation.sets import Question
from ingest.normalise import NormalisedDocument, TextBlock
from ingest.parsers.contract import BlockKind

_MOST_OF_A_TABLE = 5
_MOST_QUESTIONS = 200
_MOST_NAME_CHARS = 60
_SEED = 1


def table_questions(documents: Mapping[str, NormalisedDocument]) -> list[Question]:
    """`COLUMN of ROW` for cells of tables with column names; the evidence is the row.

    At most five cells of a table and 200 in all, drawn by a fixed seed, from rows that stand
    nowhere else in the corpus and whose first cell is a name.
    """
    draw = random.Random(_SEED)
    rows = Counter(
        line
        for document in documents.values()
        for block in _tables(document)
        for line in _lines(document, block)
    )
    questions = []
    for path, document in documents.items():
        for block in _tables(document):
            cells = [
                Question(
                    id=f"{path}/{block.start}/{line}/{name}",
                    question=f"{name} of {line.split(' | ')[0]}",
                    type="table",
                    gold=(path,),
                    evidence=(line,),
                )
                for line, name in _named_cells(document, block)
                if rows[line] == 1
            ]
            questions += draw.sample(cells, min(_MOST_OF_A_TABLE, len(cells)))
    return draw.sample(questions, min(_MOST_QUESTIONS, len(questions)))


def _named_cells(document: NormalisedDocument, block: TextBlock) -> Iterator[tuple[str, str]]:
    """A row and the name of one of its columns, for each cell behind the first."""
    lines = _lines(document, block)
    names = lines[block.header_rows - 1].split(" | ")
    for line in lines[block.header_rows :]:
        label, *cells = line.split(" | ")
        # A row that lacks cells says not which.
        if len(cells) + 1 == len(names) and _is_name(label):
            yield from ((line, name) for name in names[1:] if _is_name(name))


def _is_name(text: str) -> bool:
    return any(char.isalpha() for char in text) and len(text) <= _MOST_NAME_CHARS


def _tables(document: NormalisedDocument) -> Iterator[TextBlock]:
    return (
        block
        for block in document.blocks
        if block.kind is BlockKind.TABLE and block.header_rows > 0
    )


def _lines(document: NormalisedDocument, block: TextBlock) -> list[str]:
    return document.text[block.start : block.end].split("\n")
