"""The OpenAI-compatible chat protocol, for servers whose replies follow a rule."""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


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
        message = {"role": "assistant", "content": self.content(kind, body)}
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


def serve(handler: type[ChatHandler]) -> None:
    """Print the port, and serve until the process's input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
