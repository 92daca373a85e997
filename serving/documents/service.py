"""One document's metadata and normalised text, for those who may read it."""

from __future__ import annotations

from dataclasses import dataclass

from core.access import may_read
from core.blobs import TextNotFound, TextStore
from core.catalog.database import Database
from core.catalog.models import Document, Source
from core.chunks import DocumentId
from core.errors import RequestError
from core.identity import Caller, Right
from core.visibility import is_hidden


class DocumentNotFound(RequestError):
    """There is no such document, or the caller may not read it: which of them is not said."""

    title = "Document not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """A document as it is indexed."""

    document: Document
    source_name: str
    text: str


class DocumentService:
    """Reads documents under the caller's access."""

    def __init__(self, *, database: Database, texts: TextStore) -> None:
        self._database = database
        self._texts = texts

    def get_document(self, caller: Caller, document_id: str) -> DocumentText:
        """Raises DocumentNotFound."""
        caller.require(Right.SEARCH)
        not_found = DocumentNotFound(f"There is no document {document_id} that you may read.")
        with self._database.read() as session:
            document = session.get(Document, document_id)
            if document is None or not may_read(caller.principal, document.acl):
                raise not_found
            source = session.get_one(Source, document.source_id)
        if document.text_version is None or is_hidden(source):
            raise not_found
        try:
            text = self._texts.get_text(DocumentId(document.id), document.text_version)
        except TextNotFound as error:
            raise not_found from error
        return DocumentText(document=document, source_name=source.name, text=text)
