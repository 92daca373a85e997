"""A chat server whose model's name says how it rewrites a question."""

from __future__ import annotations

from typing import Any

from tests.integration.chat_handler import ChatHandler, serve

REPLIES = {
    "good": "How do I reach Hanneke Brouwer, the data protection officer?",
    "quoting": "“How do I reach Hanneke Brouwer?”\n",
    "chatty": "Sure! Here it is:\nHow do I reach Hanneke Brouwer?",
    "mute": "",
    "endless": "why " * 2_000,
}


class Handler(ChatHandler):
    def content(self, kind: str, body: dict[str, Any]) -> str:
        return REPLIES.get(kind, "")


if __name__ == "__main__":
    serve(Handler)
