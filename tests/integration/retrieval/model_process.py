"""An OpenAI-compatible chat server in a process of its own, until its input ends. Prints its port.

The model's name says how it behaves; `GET /asked` gives the bodies of all requests.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

REPLIES = {
    "good": "How do I reach Hanneke Brouwer, the data protection officer?",
    "quoting": "“How do I reach Hanneke Brouwer?”\n",
    "chatty": "Sure! Here it is:\nHow do I reach Hanneke Brouwer?",
    "mute": "",
    "endless": "why " * 2_000,
}


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
            self._send({"error": {"message": json.dumps(body)}}, status=int(kind))
            return
        message = {"role": "assistant", "content": REPLIES.get(kind, "")}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self._send(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": kind,
                "choices": [choice],
            }
        )

    def _send(self, body: Any, *, status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
