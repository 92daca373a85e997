"""A chat server whose model answers from the passages that it is given by a script.

Which one is the model's name, or what `POST /behave` says from then on.
"""

from __future__ import annotations

import select
import socket
import time
from typing import Any, ClassVar

from tests.integration.chat_handler import ChatHandler, serve
from tests.integration.language_models.scripts import SCRIPTS, Asked, as_json, as_text

_LONGEST_WAIT_S = 60


class Handler(ChatHandler):
    """`GET /hung-up` gives the scripts whose reply the client did not wait for."""

    behaviour: ClassVar[str | None] = None
    hung_up: ClassVar[list[str]] = []

    def do_GET(self) -> None:  # noqa: N802  (the name that the base class calls)
        self.send_json(self.hung_up if self.path == "/hung-up" else self.asked)

    def do_POST(self) -> None:  # noqa: N802
        if self.path == "/behave":
            Handler.behaviour = self.read_body()["kind"]
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
        is_json = "response_format" in body and kind != "ignoring-the-schema"
        write = as_json if is_json else as_text
        for text in write(SCRIPTS.get(kind, SCRIPTS["honest"])(asked)):
            for piece in (text[at : at + 7] for at in range(0, len(text), 7)):
                self.send_piece(kind, piece)
            if kind == "stalling":
                self._wait_for_hanging_up()
            if kind == "breaking-off":
                return
            if kind in ("never-stopping", "repeating"):
                time.sleep(0.01)
        if kind == "mute":
            return
        self.end_stream(kind)

    def _wait_for_hanging_up(self) -> None:
        readable, _, _ = select.select([self.connection], [], [], _LONGEST_WAIT_S)
        if readable and not self.connection.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError


if __name__ == "__main__":
    serve(Handler)
