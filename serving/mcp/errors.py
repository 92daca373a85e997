"""What can be wrong with a request or a call."""

from __future__ import annotations

from core.errors import RequestError


class OriginNotAllowed(RequestError):
    """A web page sends the request, and it is none of those that may."""

    title = "Origin not allowed"


class InvalidArguments(RequestError):
    """A tool's arguments do not fit its schema."""

    title = "Invalid arguments"
