"""A chat server whose model answers from the passages that it is given by a script.

Which one is the model's name, or what `POST /behave` says from then on.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from typing import Any, ClassVar

from tests.integration.chat_handler import ChatHandler, serve
from tests.integration.language_models.scripts import SCRIPTS, Asked, as_json, as_text

_LONGEST_WAIT_S = 60


class Handler(ChatHandler):
    """`GET /hung-up` gives the scripts whose reply the client did not wait for."""

    behaviour: ClassVar[str | None] = None
    hung_up: ClassVar[list[str]] = []
    go_on: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:  # noqa: N802  (the name that the base class calls)
        self.send_json(self.hung_up if self.path == "/hung-up" else self.asked)

    def do_POST(self) -> None:  # noqa: N802
        if self.path == "/behave":
            Handler.behaviour = self.read_body()["kind"]
            self.go_on.clear()
            self.send_json({})
        elif self.path == "/go-on":
            self.go_on.set()
            self.send_json({})
        else:
            super().do_POST()

    def kind_of(self, body: dict[str, Any]) -> str:
        return self.behaviour or super().kind_of(body)

    def refusal(self, kind: str, body: dict[str, Any]) -> int | None:
        if kind == "schemaless" and "response_format" in body:
            return 400
        return super().refusal(kind, body)

    def reply(self, kind: str, body: dict[str, Any]) -> None:
        try:
            self._reply(kind, body)
        except OSError:
            self.hung_up.append(kind)

    def _reply(self, kind: str, body: dict[str, Any]) -> None:
        asked = Asked.read(body["messages"][-1]["content"])
        if kind == "silent":
            self._wait_for_hanging_up()
        self.begin_stream()
        if kind == "garbled":
            self.wfile.write(b"data: {not json\n\ndata: [1, 2]\n\n")
            return
        is_json = "JSON" in body["messages"][0]["content"] and kind != "ignoring-the-schema"
        write = as_json if is_json else as_text
        script = SCRIPTS.get(kind, SCRIPTS["honest"])
        for number, text in enumerate(write(script(asked)), start=1):
            if kind == "breaking-off" and number == len(asked.best(2)):
                self.send_piece(kind, text[: len(text) // 2])
                return
            for piece in (text[at : at + 7] for at in range(0, len(text), 7)):
                self.send_piece(kind, piece)
            if kind == "stalling":
                self._wait_for_hanging_up()
            if kind == "waiting" and number == 2:
                self._wait_for_word()
            if kind in ("never-stopping", "repeating"):
                time.sleep(0.01)
        if kind == "mute":
            return
        self.end_stream(kind)

    def _wait_for_word(self) -> None:
        """Until `POST /go-on`, or the client hangs up."""
        for _ in range(_LONGEST_WAIT_S * 20):
            if self.go_on.wait(0.05):
                return
            self._check_connection(0)

    def _wait_for_hanging_up(self) -> None:
        self._check_connection(_LONGEST_WAIT_S)

    def _check_connection(self, seconds: float) -> None:
        readable, _, _ = select.select([self.connection], [], [], seconds)
        if readable and not self.connection.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError


if __name__ == "__main__":
    serve(Handler)
