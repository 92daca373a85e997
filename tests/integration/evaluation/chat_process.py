"""A chat server that grades, compares and drafts by rules over the material that it is sent: what
comes out shows what went in.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tests.integration.chat_handler import ChatHandler, serve

_BLOCK = re.compile(r"BEGIN (\w+) (\w+)\n(.*?)\nEND \1 \2", re.DOTALL)
_SENTENCE = re.compile(r"[^.\n]+\.")


class Handler(ChatHandler):
    def refusal(self, kind: str, body: dict[str, Any]) -> int | None:
        if kind == "schemaless" and "response_format" in body:
            return 400
        if kind == "failing-at-sick" and "sick" in str(body["messages"]):
            return 500
        return super().refusal(kind, body)

    def content(self, kind: str, body: dict[str, Any]) -> str:
        return _content(kind, body["messages"][-1]["content"])


def _content(kind: str, prompt: str) -> str:
    said = {name: text for _, name, text in _BLOCK.findall(prompt)}
    if "passage" in said:
        fields: dict[str, Any] = _drafted(said["passage"], is_inventing=kind == "inventing")
    elif "premise" in said:
        fields = {"reason": "words", "supported": said["statement"] in said["premise"]}
    else:
        is_right = said["reference"].casefold() in said["answer"].casefold()
        fields = {"reason": "words", "verdict": "correct" if is_right else "incorrect"}
    reply = json.dumps(fields)
    return {
        "chatty": f"Sure! {reply}",
        "fenced": f"```json\n{reply}\n```",
        "talkative": json.dumps({**fields, "confidence": 1}),
        "inexact": json.dumps({"reason": "words", "verdict": "mostly correct"}),
        "mute": "",
    }.get(kind, reply)


def _drafted(passage: str, *, is_inventing: bool) -> dict[str, str]:
    found = _SENTENCE.search(passage)
    if found is None:
        return {"question": "", "answer": "", "quote": ""}
    quote = "It was never said." if is_inventing else found[0].strip()
    return {"question": f"Is it so that {quote}?", "answer": "It is.", "quote": quote}


if __name__ == "__main__":
    serve(Handler)
