"""What can be wrong with a chat completion's request."""

from __future__ import annotations

from core.errors import RequestError


class UnsupportedParameter(RequestError):
    """A parameter asks for what would come back as something else. `param` is its name."""

    title = "Unsupported parameter"


class InvalidConversation(RequestError):
    """The messages have no question in them that can be answered. `param` is their name."""

    title = "Invalid conversation"
