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


class InvalidUploadForm(RequestError):
    """The body is no form, or a form with other fields."""

    title = "Invalid form"


class UploadIncomplete(RequestError):
    """The body ended before its time; nothing of it is kept."""

    title = "Upload incomplete"


class PushedDocumentNotFound(RequestError):
    title = "Document not found"
