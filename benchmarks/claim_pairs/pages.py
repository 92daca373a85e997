"""The pages of a folder as Vouch would store them, with the sentences that can be claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from benchmarks.claim_pairs.pair import CitedText, Split, split_of
from ingest.normalise import normalise
from ingest.parsers.contract import BlockKind, NoTextFound
from ingest.parsers.markdown import MarkdownParser
from serving.sentences import iter_sentences

_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*|\d[\d,.]*")
_NOT_PROSE = re.compile(r"\{[%{]|[|<>\[\]`*_#]|https?:|www\.|\S@\S|\?|!|: |:$|\n\n")
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|must|should|can|may|will|do|does|did|need|needs|"
    r"don[’']t|\w+(?:ed|es)|use|send|ask|take|get|make|contact|submit|complete|work|include)\b"
)
_POINTING = re.compile(
    r"(?:This|These|That|Those|It|Its|They|Their|However|Also|Then|Otherwise|Instead|Additionally|"
    r"Therefore|He|She|Here|Such|Both|Another|So|And|But|Or|For example|In addition)\b"
)
_COMMON = frozenset(
    "a an the and or of to in on at by for from with as is are be been was were it its this that "
    "these those you your we our they their will can may must should would could do does not no "
    "if when than then so all any each other more most have has had who which what there also up "
    "out into about using use used one".split()
)
_MIN_WORDS, _MAX_WORDS = 7, 40


@dataclass(frozen=True, slots=True)
class Sentence:
    """`page.text[start:end]`, in one line in `text`."""

    page: Page
    start: int
    end: int
    header: str

    @property
    def text(self) -> str:
        return " ".join(self.page.text[self.start : self.end].split())

    @property
    def cited(self) -> CitedText:
        """The quote, character for character."""
        quote = self.page.text[self.start : self.end]
        return CitedText(text=quote, header=self.header, document=self.page.path)

    @property
    def stands_alone(self) -> bool:
        """Whether it does not open with a word that points back."""
        return _POINTING.match(self.text) is None


@dataclass(frozen=True)
class Page:
    """One document: its path in the folder and its normalised text."""

    path: str
    text: str
    blocks: tuple[tuple[int, int, str], ...]

    @property
    def split(self) -> Split:
        return split_of(self.path)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Whole sentences of prose, of `_MIN_WORDS` to `_MAX_WORDS` words, in order."""
        return tuple(
            sentence
            for start, end, header in self.blocks
            for span in iter_sentences(self.text[start:end])
            if _is_prose(
                (sentence := Sentence(self, start + span.start, start + span.end, header)).text
            )
        )

    def passage(self, sentence: Sentence) -> str:
        """The block that the sentence is in, with the one before and the one after."""
        at = next(i for i, (_, end, _) in enumerate(self.blocks) if sentence.start < end)
        first, last = self.blocks[max(0, at - 1)], self.blocks[min(len(self.blocks) - 1, at + 1)]
        return self.text[first[0] : last[1]]


def iter_pages(folder: Path) -> Iterator[Page]:
    """Every markdown file below the folder, in order of path; those without text are left out."""
    parser = MarkdownParser()
    for file in sorted(folder.rglob("*.md")):
        try:
            document = normalise(parser.parse(file))
        except NoTextFound:
            continue
        blocks = tuple(
            (block.start, block.end, " > ".join([*block.heading_path] or [document.title or ""]))
            for block in document.blocks
            if block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
        )
        yield Page(file.relative_to(folder).as_posix(), document.text, blocks)


@lru_cache(maxsize=50_000)
def content_words(text: str) -> frozenset[str]:
    """In lower case, without the commonest words and a final s."""
    words = (match[0].lower().rstrip(".,") for match in _WORD.finditer(text))
    return frozenset(word.removesuffix("s") for word in words if word not in _COMMON)


def overlap(left: str, right: str) -> float:
    """The share of their content words that the two have in common, in [0, 1]."""
    first, second = content_words(left), content_words(right)
    return len(first & second) / max(1, len(first | second))


def _is_prose(text: str) -> bool:
    words = text.split()
    return (
        _MIN_WORDS <= len(words) <= _MAX_WORDS
        and text[0].isupper()
        and text[-1] == "."
        and _NOT_PROSE.search(text) is None
        and _VERB.search(text) is not None
        and text.count("(") == text.count(")")
        and text.count('"') % 2 == 0
        and text.count("“") == text.count("”")
    )
