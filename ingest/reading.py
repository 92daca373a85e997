"""From one listed document to all that its file holds: fetch it, prepare it, look inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from connectors.contract import Connector, DocumentRef
from core.catalog.models import Document, Source
from ingest.members import PreparedMembers, needs_unpacking, prepare_members
from ingest.parsing import ParsingSandbox
from ingest.preparing import DocumentPreparer, PreparedDocument, hash_file


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """`prepared` is None where the revision is new and the bytes are those that are indexed."""

    document_id: str
    size_bytes: int
    prepared: PreparedDocument | None
    members: PreparedMembers


class DocumentReader:
    """Reads documents of any source for one generation. Safe to use from several threads."""

    def __init__(
        self, *, sandbox: ParsingSandbox, preparer: DocumentPreparer, generation_id: str
    ) -> None:
        self._sandbox = sandbox
        self._preparer = preparer
        self._generation_id = generation_id

    def read(
        self,
        document: Document,
        *,
        known_children: Sequence[Document],
        source: Source,
        connector: Connector,
    ) -> ReadDocument:
        """Raises what the connector's `fetch` and the sandbox's `parse` raise."""
        with connector.fetch(_reference(document)) as file:
            self._sandbox.check_size(file)
            content_hash, size_bytes = hash_file(file)
            prepared = None
            is_indexed = self._is_indexed(document, content_hash)
            if not is_indexed:
                prepared = self._preparer.prepare(document, file, source=source)
            members = PreparedMembers()
            is_container = self._sandbox.can_unpack(
                PurePosixPath(document.path).name, document.mime
            )
            if is_container and (
                not is_indexed or needs_unpacking(known_children, self._generation_id)
            ):
                members = self._read_members(document, known_children, file, source)
        return ReadDocument(
            document_id=document.id, size_bytes=size_bytes, prepared=prepared, members=members
        )

    def _read_members(
        self, document: Document, known: Sequence[Document], file: Path, source: Source
    ) -> PreparedMembers:
        return prepare_members(
            document,
            known,
            file,
            sandbox=self._sandbox,
            prepare_file=lambda child, path: self._preparer.prepare(child, path, source=source),
            generation_id=self._generation_id,
        )

    def _is_indexed(self, document: Document, content_hash: str) -> bool:
        return (
            document.indexed_revision is not None
            and document.content_hash == content_hash
            and document.generation_id == self._generation_id
        )


def _reference(document: Document) -> DocumentRef:
    return DocumentRef(
        external_id=document.external_id,
        revision=document.revision,
        path=document.path,
        uri=document.uri,
        mime=document.mime,
        size_bytes=document.size_bytes,
        updated_at=document.updated_at,
        acl=tuple(document.acl),
    )
