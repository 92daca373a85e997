"""The child process of the parsing sandbox: one request a line on stdin, one reply each.

Replies go to a pipe of their own: native libraries print to stdout as they like. They are JSON and
not pickle, because a hostile file that took this process over must not reach its parent.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import Any, NoReturn

from ingest.normalise import NormalisedDocument, normalise
from ingest.parsers.contract import ParseError
from ingest.parsers.registry import parser_for
from ingest.unpacking.contract import UnpackLimits
from ingest.unpacking.extracting import unpack_file
from ingest.unpacking.reply import to_reply

_PR_SET_PDEATHSIG = 1
_NICENESS = 5


def main(argv: list[str]) -> None:
    """Arguments: the reply pipe's descriptor, the parent's process id, the memory limit (bytes)."""
    reply_fd, parent_pid, memory_limit_bytes = (int(value) for value in argv)
    _die_with_parent(parent_pid)
    _limit(memory_limit_bytes)
    sys.addaudithook(_refuse_network)
    _send(reply_fd, {"ready": True})
    for line in sys.stdin.buffer:
        _send(reply_fd, answer(json.loads(line)))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Parse and normalise one file, or unpack it where it says `into`; every failure is a reply."""
    try:
        return _unpack(request) if "into" in request else _parse(request)
    except ParseError as error:
        return {
            "error": type(error).__name__,
            "detail": error.detail,
            "operator_detail": error.operator_detail,
            "data": error.data,
        }
    except MemoryError:
        return {"error": "ParsingOutOfMemory"}
    except Exception as error:  # noqa: BLE001  (the edge of this process: any parser bug ends here)
        return {"error": "unexpected", "operator_detail": f"{type(error).__name__}: {error}"}


def _parse(request: dict[str, Any]) -> dict[str, Any]:
    document = parse_file(_path(request["path"]), request["filename"], request["mime"])
    return {
        "title": document.title,
        "text": document.text,
        "blocks": [
            [b.kind, b.start, b.end, b.level, b.page, b.header_rows, b.heading_path]
            for b in document.blocks
        ],
    }


def _unpack(request: dict[str, Any]) -> dict[str, Any]:
    try:
        unpacked = unpack_file(
            _path(request["path"]),
            filename=request["filename"],
            mime=request["mime"],
            into=_path(request["into"]),
            limits=UnpackLimits(**request["limits"]),
        )
    except OSError as error:
        # A full disk is no fault of the file's.
        return {"error": "OSError", "errno": error.errno or errno.EIO}
    return to_reply(unpacked)


def _path(encoded: str) -> Path:
    return Path(os.fsdecode(bytes.fromhex(encoded)))


def parse_file(path: Path, filename: str, mime: str | None) -> NormalisedDocument:
    """What the sandbox does, without the sandbox."""
    return normalise(parser_for(filename, mime=mime).parse(path))


def _send(fd: int, reply: dict[str, Any]) -> None:
    payload = json.dumps(reply, separators=(",", ":")).encode("ascii")
    data = memoryview(struct.pack("<Q", len(payload)) + payload)
    while data:
        data = data[os.write(fd, data) :]


def _die_with_parent(parent_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the line above; elsewhere the end of stdin tells.
    if os.getppid() != parent_pid:
        os._exit(1)


def _limit(memory_limit_bytes: int) -> None:
    # RLIMIT_DATA counts private writable memory. RLIMIT_AS would count address space that is only
    # reserved: pandoc's runtime reserves a terabyte, and every malloc arena 64 MB.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_limit_bytes, memory_limit_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)


def _refuse_network(event: str, args: tuple[object, ...]) -> None:
    """Reading a file needs no network: whatever asks for one is refused, and says so."""
    if event in {"socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"}:
        raise PermissionError(f"{event} while parsing: a parser must not use the network.")


def _exit_quietly() -> NoReturn:
    # Without interpreter shutdown: nothing here needs it, and large trees take seconds to free.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
    _exit_quietly()
