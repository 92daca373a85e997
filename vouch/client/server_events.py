"""An answer's server-sent events as they come over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from vouch.client.errors import ApiProblem, NoServer


class ServerEvent(NamedTuple):
    """`meta`, `sources`, `claim`, `notice`, or the last one, `done`."""

    name: str
    data: Any


class EventReader:
    """Puts the events of one answer together from the pieces of its stream.

    httpx's own `iter_lines` would also end a line at U+2028 and the like, which JSON leaves as they
    are.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._is_complete = False

    def feed(self, piece: str) -> Iterator[ServerEvent]:
        """The events that this piece completes. Comments are none. Raises ApiProblem."""
        *blocks, self._rest = (self._rest + piece).replace("\r\n", "\n").split("\n\n")
        for block in blocks:
            name, data = _read(block)
            if name == "error":
                raise ApiProblem(json.loads(data))
            if name:
                self._is_complete = name == "done"
                yield ServerEvent(name, json.loads(data))

    def end(self, url: str) -> None:
        """Raises NoServer where the stream has ended and the answer has not."""
        if not self._is_complete:
            raise NoServer(
                f"{url} went away in the middle of an answer. Is `vouch up` still running?"
            )


def _read(block: str) -> tuple[str, str]:
    name, data = "", []
    for line in block.split("\n"):
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
    return name, "\n".join(data)
