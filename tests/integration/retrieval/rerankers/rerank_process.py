"""A rerank server in a process of its own, until its input ends. Prints its port.

`POST /DIALECT/BEHAVIOUR/TEST` answers in the dialect as the behaviour says; `GET /asked/TEST` gives
what was asked under that name. A score counts the question's words in the passage.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import unquote

LIMIT = 4
Scores = list[tuple[Any, Any]]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    asked: ClassVar[dict[str, list[dict[str, Any]]]] = defaultdict(list)

    def do_GET(self) -> None:
        self._send(json.dumps(self.asked[self.path.rsplit("/", 1)[1]]).encode())

    def do_POST(self) -> None:
        _, dialect, behaviour, test = unquote(self.path).split("/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        earlier = len(self.asked[test])
        self.asked[test].append({"headers": dict(self.headers), "body": body})
        texts = body["texts"] if dialect == "tei" else body["documents"]
        scores = _scores(body["query"], texts)
        kind, _, argument = behaviour.partition("-")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if kind == "once" and earlier == 0:
                self._fail(int(argument), retry_after="0")
            elif kind == "moody" and "unlucky" in body["query"]:
                self._fail(500)
            elif kind == "status":
                self._fail(int(argument))
            elif kind == "busy":
                self._fail(429, retry_after=argument)
            elif kind == "limited" and len(texts) > LIMIT:
                self._fail(413)
            elif kind == "slow":
                time.sleep(60)
            elif kind == "drip":
                self._drip(b" ", pause_s=0.02)
            elif kind == "endless":
                self._drip(b" " * 65536, pause_s=0)
            elif kind == "cut":
                self._send(_reply(dialect, scores), missing=1)
            elif kind == "gzip":
                self._send(gzip.compress(_reply(dialect, scores)), {"Content-Encoding": "gzip"})
            elif kind == "garbage":
                self._send(b"<html>It works!</html>")
            elif kind == "other":
                self._send(_reply("cohere" if dialect == "tei" else "tei", scores))
            else:
                self._send(_reply(dialect, _spoilt(kind, scores)))

    def _fail(self, status: int, *, retry_after: str | None = None) -> None:
        headers = {"Retry-After": retry_after} if retry_after is not None else {}
        if 300 <= status < 400:
            headers["Location"] = "/tei/correct/elsewhere"
        # As some servers do, it says what it was sent.
        said = json.dumps(self.asked[self.path.rsplit("/", 1)[1]]).encode()
        self._send(said, headers, status=status)

    def _send(
        self,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        status: int = 200,
        missing: int = 0,
    ) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + missing))
        self.close_connection = missing > 0
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, piece: bytes, *, pause_s: float) -> None:
        self.send_response_only(200)
        self.close_connection = True
        self.end_headers()
        ends_at = time.monotonic() + 60
        while time.monotonic() < ends_at:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(pause_s)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: a test's output is the test's."""


def _scores(question: str, texts: list[str]) -> Scores:
    words = set(question.lower().split())
    scored = [
        (index, (1 + len(words & set(text.lower().split()))) / (len(words) + len(text)))
        for index, text in enumerate(texts)
    ]
    return sorted(scored, key=lambda pair: -pair[1])


def _spoilt(kind: str, scores: Scores) -> Scores:
    index, score = scores[-1]
    last: dict[str, Scores] = {
        "partial": [],
        "repeated": [(scores[0][0], score)],
        "doubled": [(index, score), (index, score)],
        "beyond": [(len(scores), score)],
        "negative": [(-1, score)],
        "nan": [(index, float("nan"))],
        "infinite": [(index, float("inf"))],
        "null": [(index, None)],
        "word": [(index, "high")],
    }
    return scores[:-1] + last.get(kind, [(index, score)])


def _reply(dialect: str, scores: Scores) -> bytes:
    key = "score" if dialect == "tei" else "relevance_score"
    items = [{"index": index, key: score} for index, score in scores]
    meta = {"id": "r1", "meta": {"api_version": {"version": "2"}}}
    return json.dumps(items if dialect == "tei" else {"results": items, **meta}).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has hung up is not worth a traceback on the terminal."""


def main() -> None:
    server = _Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
