"""One document's metadata and normalised text, for those who may read it."""

from __future__ import annotations

from dataclasses import dataclass

from core.blobs import TextNotFound, TextStore
from core.catalog.database import Database
from core.chunks import DocumentId
from core.errors import RequestError
from core.identity import Caller, Right
from core.visibility import ReadableDocument, readable_documents


class DocumentNotFound(RequestError):
    """There is no such document, or the caller may not read it: which of them is not said."""

    title = "Document not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """A document as it is indexed."""

    found: ReadableDocument
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
            found = readable_documents(session, caller.principal, [document_id]).get(document_id)
        if found is None:
            raise not_found
        document = found.document
        try:
            text = self._texts.get_text(DocumentId(document.id), document.text_version or "")
        except TextNotFound as error:
            raise not_found from error
        return DocumentText(found=found, text=text)
