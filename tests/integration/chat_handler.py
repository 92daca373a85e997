"""The OpenAI-compatible chat protocol, as a stream, for servers whose replies follow a rule."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

_PIECE = re.compile(r"\s*\S+|\s+")


class ChatHandler(BaseHTTPRequestHandler):
    """The model's name says how it behaves: `slow` takes its time, a number is the status of a
    refusal that repeats what was sent. `GET /asked` gives the keys and bodies of all requests.
    """

    asked: ClassVar[list[dict[str, Any]]] = []

    def content(self, kind: str, body: dict[str, Any]) -> str:
        """What the model named `kind` says to the request."""
        raise NotImplementedError

    def refusal(self, kind: str, body: dict[str, Any]) -> int | None:
        """The status with which the request is refused, if it is."""
        return int(kind) if kind.isdigit() else None

    def do_GET(self) -> None:
        self._send(self.asked)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({"key": self.headers["Authorization"], "body": body})
        kind = body["model"]
        if kind == "slow":
            time.sleep(30)
        status = self.refusal(kind, body)
        if status is not None:
            self._send({"error": {"message": json.dumps(body)}}, status=status)
            return
        self._stream(kind, self.content(kind, body))

    def _stream(self, kind: str, content: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in _PIECE.findall(content):
            self.send_event(_chunk(kind, {"delta": {"content": piece}}))
        self.send_event(_chunk(kind, {"delta": {}, "finish_reason": "stop"}))
        self.wfile.write(b"data: [DONE]\n\n")

    def send_event(self, data: Any) -> None:
        self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def _send(self, body: Any, *, status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def _chunk(model: str, choice: dict[str, Any]) -> dict[str, Any]:
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": model}
    return {**head, "choices": [{"index": 0, "finish_reason": None, **choice}]}


def serve(handler: type[ChatHandler]) -> None:
    """Print the port, and serve until the process's input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
