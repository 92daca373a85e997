"""What a text is checked against, in the form in which found passages are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.chunks import Chunk, ChunkId, DocumentId, Hit, SourceId
from retrieval.passages.passage import Passage
from serving.documents.service import DocumentText

_VERSION = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPassage:
    """A passage that comes with the request. `name` is what its citations are told apart by."""

    name: str
    title: str
    text: str


class Material:
    """Passages and documents of one request; both hold the text that their quotes are checked
    against.
    """

    def __init__(self, given: Sequence[GivenPassage], documents: Sequence[DocumentText]) -> None:
        self._texts = {f"given:{number}": passage.text for number, passage in enumerate(given)}
        self._names = {f"given:{number}": passage.name for number, passage in enumerate(given)}
        chunks = [
            _chunk(f"given:{number}", passage.text, title=passage.title)
            for number, passage in enumerate(given)
        ]
        for read in documents:
            document = read.found.document
            self._texts[document.id] = read.text
            self._names[document.id] = document.id
            chunks.append(_chunk(document.id, read.text, title=document.title or document.path))
        self.passages = [Passage.of(Hit(chunk=chunk, score=0.0)) for chunk in chunks]

    def get_text(self, document_id: DocumentId, text_version: str) -> str:
        """What a quote is compared with. Raises KeyError."""
        return self._texts[document_id]

    def number_of(self, document_id: DocumentId) -> int:
        """Its place, from 1, by which markers name it."""
        return list(self._texts).index(document_id) + 1

    def name_of(self, document_id: DocumentId) -> str:
        """The passage's name, or the document's id."""
        return self._names[document_id]


def _chunk(document_id: str, text: str, *, title: str) -> Chunk:
    return Chunk(
        id=ChunkId(document_id),
        document_id=DocumentId(document_id),
        source_id=SourceId(""),
        ordinal=0,
        text=text,
        start=0,
        end=len(text),
        text_version=_VERSION,
        title=title,
        path="",
        mime="text/plain",
        uri="",
        token_count=0,
        acl=(),
        sensitivity="",
    )
