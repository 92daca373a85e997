"""The sentences of a corpus, each with its header and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import VouchError
from ingest.normalise import NormalisedDocument
from ingest.parsers.contract import BlockKind
from ingest.parsing_child import parse_file
from serving.sentences import iter_sentences

_PROSE = re.compile(r"(?s)[A-Z“\"].{38,260}[.!]")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusSentence:
    """`text` is as it stands, line breaks and all; `header` is title and headings joined by " > ";
    `context` is the block that it stands in.
    """

    path: str
    header: str
    text: str
    context: str

    @property
    def line(self) -> str:
        """The sentence in one line."""
        return _BLANKS.sub(" ", self.text)


def corpus_sentences(corpus: Path) -> list[CorpusSentence]:
    """Whole sentences of running text and lists, in the order of paths; files that cannot be read
    are left out, saying so.
    """
    found: list[CorpusSentence] = []
    for file in sorted(file for file in corpus.rglob("*") if file.is_file()):
        path = str(file.relative_to(corpus))
        try:
            found += _of_document(path, parse_file(file, file.name, None))
        except VouchError as error:
            print(f"left out: {path}: {error.detail}")
    return found


def _of_document(path: str, document: NormalisedDocument) -> Iterator[CorpusSentence]:
    for block in document.blocks:
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
            continue
        text = document.text[block.start : block.end]
        header = " > ".join(dict.fromkeys((document.title or path, *block.heading_path)))
        for span in iter_sentences(text):
            sentence = text[span.start : span.end]
            if _PROSE.fullmatch(sentence):
                yield CorpusSentence(path=path, header=header, text=sentence, context=text)
