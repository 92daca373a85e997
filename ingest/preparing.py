"""From one file to chunks that are ready to embed: parse, normalise, chunk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.catalog.models import Document, Source
from core.chunks import Chunk, DocumentId, SourceId, chunk_id
from ingest.chunkers.contract import Chunker, ChunkSpan, embedded_text
from ingest.normalise import NormalisedDocument
from ingest.parsing import ParsingSandbox
from retrieval.languages import detect_language

_HASH_CHARS = 32
_READ_BYTES = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedChunk:
    """A chunk with the text that its dense and its sparse vector are made from."""

    chunk: Chunk
    embedded_text: str
    sparse_text: str
    embedding_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedDocument:
    """Everything of a document that goes into index and catalog."""

    document_id: DocumentId
    content_hash: str
    text: str
    text_version: str
    title: str
    size_bytes: int
    chunks: tuple[PreparedChunk, ...]


class DocumentPreparer:
    """Prepares documents of any source. Safe to use from several threads."""

    def __init__(self, *, sandbox: ParsingSandbox, chunker: Chunker) -> None:
        self._sandbox = sandbox
        self._chunker = chunker

    def prepare(self, document: Document, file: Path, *, source: Source) -> PreparedDocument:
        """Raises what the sandbox's `parse` raises."""
        content_hash, size_bytes = hash_file(file)
        filename = PurePosixPath(document.path).name
        normalised = self._sandbox.parse(file, filename=filename, mime=document.mime)
        text_version = _hash_text(normalised.text)
        spans = self._chunker.split(normalised)
        return PreparedDocument(
            document_id=DocumentId(document.id),
            content_hash=content_hash,
            text=normalised.text,
            text_version=text_version,
            title=_title(document, normalised),
            size_bytes=size_bytes,
            chunks=_prepare_chunks(document, source, normalised, spans, text_version),
        )


def _prepare_chunks(
    document: Document,
    source: Source,
    normalised: NormalisedDocument,
    spans: Sequence[ChunkSpan],
    text_version: str,
) -> tuple[PreparedChunk, ...]:
    document_id = DocumentId(document.id)
    document_language = detect_language(normalised.text)
    prepared = []
    for ordinal, span in enumerate(spans):
        text = normalised.text[span.start : span.end]
        chunk = Chunk(
            id=chunk_id(document_id, ordinal),
            document_id=document_id,
            source_id=SourceId(source.id),
            ordinal=ordinal,
            text=text,
            start=span.start,
            end=span.end,
            text_version=text_version,
            title=_title(document, normalised),
            path=document.path,
            mime=document.mime or "application/octet-stream",
            uri=document.uri,
            heading_path=span.heading_path,
            page=span.page,
            # A table or a heading may be too little to tell by, and is in its document's language.
            language=detect_language(text) or document_language,
            token_count=span.token_count,
            acl=tuple(document.acl),
            sensitivity=source.sensitivity,
            updated_at=document.updated_at,
        )
        # Only what the content itself says goes into the dense vector, so that a renamed file
        # finds its vectors again; the file's name is a matter of words, and BM25 has it.
        to_embed = embedded_text(span.header, text)
        prepared.append(
            PreparedChunk(
                chunk=chunk,
                embedded_text=to_embed,
                sparse_text=f"{words_of_path(document.path)}\n{to_embed}",
                embedding_hash=_hash_text(to_embed),
            )
        )
    return tuple(prepared)


def _title(document: Document, normalised: NormalisedDocument) -> str:
    return normalised.title or PurePosixPath(document.path).stem


def words_of_path(path: str) -> str:
    return " ".join(PurePosixPath(path).with_suffix("").parts).replace("-", " ").replace("_", " ")


def hash_file(path: Path) -> tuple[str, int]:
    """The content's hash as the catalog keeps it, and its size in bytes."""
    digest = hashlib.sha256()
    size_bytes = 0
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
            size_bytes += len(block)
    return digest.hexdigest()[:_HASH_CHARS], size_bytes


def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_HASH_CHARS]
