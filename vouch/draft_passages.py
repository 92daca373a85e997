"""Chunks to draft questions from: of a folder's files, or of what a server finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from core.chunks import DocumentId, chunk_id
from core.errors import ConfigurationError
from core.settings import Settings
from evaluation.drafting.passages import DraftPassage
from ingest.chunkers.contract import Chunker
from ingest.normalise import NormalisedDocument
from ingest.parsers.contract import ParseError
from ingest.parsing import ParsingSandbox
from retrieval.embedders.contract import load_embedder
from vouch.client import VouchClient
from vouch.embedded import chunker_for

_MOST_PASSAGES = 200


def passages_of_folder(folder: Path, settings: Settings) -> list[DraftPassage]:
    """The chunks of every file below the folder, as ingesting it would make them, with paths
    relative to it. What lies in archives and attachments is left out: a set's gold are files.

    Files that cannot be parsed are named on standard error. Raises ConfigurationError where none
    can.
    """
    chunker = chunker_for(settings, load_embedder(settings.embedding))
    passages: list[DraftPassage] = []
    parsing = settings.parsing
    with ParsingSandbox(
        timeout_s=parsing.timeout_s,
        memory_limit_bytes=parsing.memory_limit_bytes,
        max_file_bytes=parsing.max_file_bytes,
    ) as sandbox:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            path = file.relative_to(folder).as_posix()
            try:
                document = sandbox.parse(file, filename=file.name, mime=None)
            except ParseError as error:
                click.echo(f"Left out: {path}: {error.detail}", err=True)
            else:
                passages += _chunks(document, chunker, path=path)
    if not passages:
        raise ConfigurationError(f"No file in {folder} could be read, so there is nothing to ask.")
    return passages


def passages_of_server(url: str, *, api_key: str, topics: Sequence[str]) -> list[DraftPassage]:
    """What the server finds for each topic, at most 200 passages each, for the key's own user.

    Raises ApiProblem, NoServer; ConfigurationError where nothing is found.
    """
    client = VouchClient(url, api_key=api_key)
    passages: dict[str, DraftPassage] = {}
    try:
        for topic in topics:
            found = client.search(topic, top_k=_MOST_PASSAGES)
            for hit in found["hits"]:
                passage, document = hit["passage"], hit["document"]
                source = document["source"]
                passages[passage["chunk_id"]] = DraftPassage(
                    id=passage["chunk_id"],
                    path=document["path"],
                    text=passage["text"],
                    title=document["title"],
                    heading_path=tuple(passage["heading_path"]),
                    also_in=tuple(o["path"] for o in hit["also_in"] if o["source"] == source),
                    source=source,
                )
    finally:
        client.close()
    if not passages:
        raise ConfigurationError("The server finds nothing on these topics for this key's user.")
    return list(passages.values())


def _chunks(document: NormalisedDocument, chunker: Chunker, *, path: str) -> list[DraftPassage]:
    return [
        DraftPassage(
            id=chunk_id(DocumentId(path), ordinal),
            path=path,
            text=document.text[span.start : span.end],
            title=document.title or Path(path).stem,
            heading_path=span.heading_path,
        )
        for ordinal, span in enumerate(chunker.split(document))
    ]
