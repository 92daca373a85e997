"""A model that writes three sentences of its passages at a set pace, and remembers when.

Its name is the pace: `pace-20` writes 20 words a second, `pace-0` as fast as it can. `GET /written`
gives for each request the question, and when it came and its sentences were complete, on the clock
that all processes of this machine share.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from tests.integration.chat_handler import ChatHandler, serve
from tests.integration.language_models.scripts import Asked

_SENTENCES = 3


class PacedHandler(ChatHandler):
    written: ClassVar[list[dict[str, Any]]] = []

    def do_GET(self) -> None:  # noqa: N802  (the name that the base class calls)
        self.send_json(self.written)

    def reply(self, kind: str, body: dict[str, Any]) -> None:
        asked = Asked.read(body["messages"][-1]["content"])
        times: list[float] = []
        self.written.append(
            {"question": asked.question, "asked_at": time.monotonic(), "sentences_at": times}
        )
        words_per_s = float(kind.removeprefix("pace-"))
        next_at = time.monotonic()
        try:
            self.begin_stream()
            for said in asked.best(_SENTENCES):
                # The line's end completes the sentence for whoever reads it.
                *words, last = f"{said.text} [{said.passages[0]}]".split()
                for word in (*(f"{word} " for word in words), f"{last}\n"):
                    if words_per_s:
                        next_at += 1 / words_per_s
                        time.sleep(max(0.0, next_at - time.monotonic()))
                    self.send_piece(kind, word)
                times.append(time.monotonic())
            self.end_stream(kind)
        except OSError:
            """Hung up on."""


if __name__ == "__main__":
    serve(PacedHandler)
