"""An OpenAI-compatible chat server in a process of its own, until its input ends. Prints its port.

It grades, compares and drafts by rules over the material that it is sent, so that what comes out
shows what went in. The model's name says how it behaves; `GET /asked` gives all requests' bodies.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

_BLOCK = re.compile(r"BEGIN (\w+) (\w+)\n(.*?)\nEND \1 \2", re.DOTALL)
_SENTENCE = re.compile(r"[^.\n]+\.")


class Handler(BaseHTTPRequestHandler):
    asked: ClassVar[list[dict[str, Any]]] = []

    def do_GET(self) -> None:
        self._send(self.asked)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({"key": self.headers["Authorization"], "body": body})
        kind = body["model"]
        if kind == "slow":
            time.sleep(30)
        if kind.isdigit():
            self._refuse(body, status=int(kind))
        elif kind == "schemaless" and "response_format" in body:
            self._refuse(body, status=400)
        elif kind == "failing-at-sick" and "sick" in str(body["messages"]):
            self._refuse(body, status=500)
        else:
            self._reply(kind, _content(kind, body["messages"][-1]["content"]))

    def _refuse(self, body: Any, *, status: int) -> None:
        self._send({"error": {"message": json.dumps(body)}}, status=status)

    def _reply(self, kind: str, content: str) -> None:
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        head = {"id": "1", "object": "chat.completion", "created": 1, "model": kind}
        self._send({**head, "choices": [choice]})

    def _send(self, body: Any, *, status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


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


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
