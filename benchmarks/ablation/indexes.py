"""An index of a corpus as one build makes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.ablation.encodings import EncodingCache, reduced
from benchmarks.ablation.variants import Build
from core.chunks import Chunk, DocumentId, SourceId, chunk_id
from core.settings import EdgeIndexSettings
from ingest.chunkers.contract import ChunkSpan
from ingest.normalise import NormalisedDocument
from retrieval.embedders.vectors import Vectors
from retrieval.index.contract import IndexPoint
from retrieval.index.edge import EdgeIndex
from retrieval.languages import detect_language

READER = "everyone"


def build_index(
    documents: Mapping[str, NormalisedDocument],
    build: Build,
    *,
    cache: EncodingCache,
    projection: Vectors,
    folder: Path,
) -> EdgeIndex:
    """`documents` by path; `projection` has the build's token dimension as its width."""
    embedder = cache.embedder
    chunker = build.chunker(embedder.max_tokens, embedder)
    cut = [
        (path, ordinal, document, span)
        for path, document in documents.items()
        for ordinal, span in enumerate(chunker.split(document))
    ]
    texts = [document.text[span.start : span.end] for _, _, document, span in cut]
    dense_texts = [
        build.dense_text(path, text, span)
        for (path, _, _, span), text in zip(cut, texts, strict=True)
    ]
    encodings = cache.encode(dense_texts)
    bm25 = build.sparse_encoder()
    index = EdgeIndex(
        folder,
        dimension=embedder.dimension,
        token_dimension=build.token_dimension,
        settings=EdgeIndexSettings(),
    )
    index.upsert(
        [
            IndexPoint(
                chunk=_chunk(path, ordinal, text, document, span),
                encoding=reduced(encoding, projection),
                sparse=bm25.encode_passage(
                    build.sparse_text(path, text, span), language=detect_language(text)
                ),
                embedding_hash=dense_text,
            )
            for (path, ordinal, document, span), text, dense_text, encoding in zip(
                cut, texts, dense_texts, encodings, strict=True
            )
        ]
    )
    index.optimize()
    return index


def _chunk(
    path: str, ordinal: int, text: str, document: NormalisedDocument, span: ChunkSpan
) -> Chunk:
    return Chunk(
        id=chunk_id(DocumentId(path), ordinal),
        document_id=DocumentId(path),
        source_id=SourceId("corpus"),
        ordinal=ordinal,
        text=text,
        start=span.start,
        end=span.end,
        text_version="",
        title=document.title or "",
        path=path,
        mime="",
        uri=path,
        heading_path=span.heading_path,
        token_count=span.token_count,
        acl=(READER,),
        sensitivity="internal",
    )
