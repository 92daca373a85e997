"""Why a push is refused."""

from __future__ import annotations

from core.errors import RequestError


class NotAnUploadSource(RequestError):
    """Only sources of the kind `upload` are pushed to; the others are pulled from."""

    title = "Not an upload source"


class UploadTooLarge(RequestError):
    title = "Upload too large"


class InvalidExternalId(RequestError):
    title = "Invalid external id"


class PushedDocumentNotFound(RequestError):
    title = "Document not found"
