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
    refusal that repeats what was sent; `429+30` asks to be left alone for 30 seconds.

    `GET /asked` gives the keys and bodies of all requests.
    """

    asked: ClassVar[list[dict[str, Any]]] = []

    def content(self, kind: str, body: dict[str, Any]) -> str:
        """What the model named `kind` says to the request."""
        raise NotImplementedError

    def refusal(self, kind: str, body: dict[str, Any]) -> int | None:
        """The status with which the request is refused, if it is."""
        status, _, _ = kind.partition("+")
        return int(status) if status.isdigit() else None

    def kind_of(self, body: dict[str, Any]) -> str:
        """How it behaves for this request."""
        return str(body["model"])

    def read_body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        self.send_json(self.asked)

    def do_POST(self) -> None:
        body = self.read_body()
        self.asked.append({"key": self.headers["Authorization"], "body": body})
        kind = self.kind_of(body)
        if kind == "slow":
            time.sleep(30)
        status = self.refusal(kind, body)
        if status is not None:
            _, _, retry_after = kind.partition("+")
            self.send_json(
                {"error": {"message": json.dumps(body)}}, status=status, retry_after=retry_after
            )
            return
        self.reply(kind, body)

    def reply(self, kind: str, body: dict[str, Any]) -> None:
        """Stream what there is to say, word by word."""
        self.begin_stream()
        for piece in _PIECE.findall(self.content(kind, body)):
            self.send_piece(kind, piece)
        self.end_stream(kind)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def send_piece(self, model: str, piece: str) -> None:
        self._send_chunk(model, {"delta": {"content": piece}})

    def end_stream(self, model: str) -> None:
        self._send_chunk(model, {"delta": {}, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def _send_chunk(self, model: str, choice: dict[str, Any]) -> None:
        head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": model}
        chunk = {
            **head,
            "choices": [{"index": 0, "finish_reason": None, **choice}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107},
        }
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def send_json(self, body: Any, *, status: int = 200, retry_after: str = "") -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def serve(handler: type[ChatHandler]) -> None:
    """Print the port, and serve until the process's input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
