"""The parsing sandbox: a hostile or broken file ends a child process, never the worker.

Not multiprocessing or pebble: their spawned children import the parent's `__main__` again (the
`vouch` script, pytest), trust pickles from a process that reads hostile files, and are started by
whichever thread asks first, although PR_SET_PDEATHSIG acts when that thread ends, not its process.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, TypeVar

from ingest.normalise import NormalisedDocument, TextBlock
from ingest.parsers.contract import (
    BlockKind,
    DocumentTooLarge,
    EncryptedDocument,
    NoTextFound,
    ParseError,
    UnsupportedFormat,
)
from ingest.unpacking.contract import Unpacked, UnpackLimits
from ingest.unpacking.registry import find_unpacker
from ingest.unpacking.reply import from_reply

_START_TIMEOUT_S = 60.0
# Native libraries leak a little with each document.
_DOCUMENTS_PER_CHILD = 500
_MAX_REPLY_BYTES = 1 << 30
_Result = TypeVar("_Result")
_CLOSED = "The parsing sandbox is closed."
_CHILD_SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONUTF8": "1",
}
# Nothing else is passed on: a process that reads hostile files holds no secrets.
_PASSED_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")


class ParsingTimedOut(ParseError):
    """The parser needed more than the time limit."""


class ParsingOutOfMemory(ParseError):
    """The parser needed more than the memory limit."""


class ParserCrashed(ParseError):
    """The parser's process died."""


_ERRORS: dict[str, type[ParseError]] = {
    kind.__name__: kind
    for kind in (ParseError, NoTextFound, EncryptedDocument, UnsupportedFormat, DocumentTooLarge)
}


class ParsingSandbox:
    """Parses, normalises and unpacks files in child processes with a time and a memory limit each.

    Thread-safe; up to `workers` documents at a time, further callers wait. A child starts at the
    first document, serves many, and is replaced after a failure that may have harmed it. Children
    die with this process, however it dies.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 60.0,
        memory_limit_bytes: int = 2 * 1024**3,
        max_file_bytes: int = 100 * 1024**2,
        workers: int = 1,
        unpack_limits: UnpackLimits | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._memory_limit_bytes = memory_limit_bytes
        self._max_file_bytes = max_file_bytes
        self._unpack_limits = unpack_limits or UnpackLimits(max_member_bytes=max_file_bytes)
        # Each thread owns one child for as long as the sandbox lives: see PR_SET_PDEATHSIG above.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="parsing")
        self._local = threading.local()
        self._lock = threading.Lock()
        self._children: set[_Child] = set()
        self._is_closed = False

    def parse(self, path: Path, *, filename: str, mime: str | None) -> NormalisedDocument:
        """The file's normalised text. `filename` and `mime` choose the parser; `path` is only read.

        The time limit counts from when a child takes the document up.

        Raises a ParseError (UnsupportedFormat, EncryptedDocument, NoTextFound, DocumentTooLarge,
        ParsingTimedOut, ParsingOutOfMemory, ParserCrashed) that says why there is no text;
        OSError if the file cannot be opened; RuntimeError after `close`.
        """
        self.check_size(path)
        return self._in_thread(lambda: self._parse(path, filename, mime))

    def can_unpack(self, filename: str, mime: str | None) -> bool:
        """Whether a file of this name, else of this type, is one that `unpack` opens.

        Asks no child; what the file holds may show otherwise.
        """
        return find_unpacker(filename, mime=mime) is not None

    def unpack(self, path: Path, *, filename: str, mime: str | None, into: Path) -> Unpacked:
        """Take the files out of an archive or mail, and of those within, into the folder `into`.

        `into` exists, is empty, and is the caller's to remove, after an error as well. What cannot
        be taken out is among the result's failures.

        Raises what `parse` raises, when nothing at all can be taken out: OSError also for a disk
        that is full.
        """
        self.check_size(path)
        return self._in_thread(lambda: self._unpack(path, filename, mime, into))

    def close(self) -> None:
        """Kill the children. A parse under way in another thread ends with ParserCrashed."""
        with self._lock:
            self._is_closed = True
            children = list(self._children)
        for child in children:
            child.kill()
        self._threads.shutdown(cancel_futures=True)
        for child in list(self._children):
            child.close()
        self._children.clear()

    def __enter__(self) -> ParsingSandbox:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def check_size(self, path: Path) -> None:
        """Raise what `parse` would for a file that is empty, too large, or no regular file."""
        # Non-blocking: opening a named pipe would otherwise wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnsupportedFormat("It is not a regular file.")
        if status.st_size == 0:
            raise NoTextFound("The file is empty.")
        if status.st_size > self._max_file_bytes:
            raise DocumentTooLarge(
                f"The file has {status.st_size:,} bytes; the limit is {self._max_file_bytes:,}.",
                size_bytes=status.st_size,
                limit_bytes=self._max_file_bytes,
            )

    def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        if self._is_closed:
            raise RuntimeError(_CLOSED)
        try:
            return self._threads.submit(work).result()
        except CancelledError as error:
            raise RuntimeError(_CLOSED) from error

    def _parse(self, path: Path, filename: str, mime: str | None) -> NormalisedDocument:
        reply = self._ask({"path": _encoded(path), "filename": filename, "mime": mime})
        return _read_reply(reply, filename=filename)

    def _unpack(self, path: Path, filename: str, mime: str | None, into: Path) -> Unpacked:
        request = {"path": _encoded(path), "filename": filename, "mime": mime}
        limits = asdict(self._unpack_limits)
        reply = self._ask(request | {"into": _encoded(into), "limits": limits})
        _raise_error(reply, filename=filename)
        try:
            return from_reply(reply, into=into)
        except ValueError as error:
            raise ParserCrashed(
                "The process that unpacked it gave no sensible answer.", operator_detail=str(error)
            ) from error

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The child's reply. Raises ParsingTimedOut, ParsingOutOfMemory, ParserCrashed."""
        child = self._ensure_child()
        try:
            reply = child.ask(request, timeout_s=self._timeout_s)
        except TimeoutError as error:
            self._discard(child)
            raise ParsingTimedOut(
                f"Reading it took longer than the limit of {self._timeout_s:g} s.",
                limit_s=self._timeout_s,
            ) from error
        except EOFError as error:
            self._discard(child)
            raise _crash(child) from error
        if reply.get("error") == "ParsingOutOfMemory":
            self._discard(child)
            raise ParsingOutOfMemory(
                "Reading it needs more than the limit of "
                f"{self._memory_limit_bytes // 1024**2:,} MiB of memory.",
                limit_bytes=self._memory_limit_bytes,
            )
        if child.served >= _DOCUMENTS_PER_CHILD:
            self._discard(child)
        return reply

    def _ensure_child(self) -> _Child:
        child: _Child | None = getattr(self._local, "child", None)
        if child is not None and child.is_running():
            return child
        if child is not None:
            self._discard(child)
        with self._lock:
            if self._is_closed:
                raise RuntimeError(_CLOSED)
            child = _Child(memory_limit_bytes=self._memory_limit_bytes)
            self._children.add(child)
        self._local.child = child
        try:
            child.wait_until_ready()
        except (EOFError, TimeoutError) as error:
            self._discard(child)
            raise RuntimeError(f"A parsing process did not start: {child.last_words()}") from error
        return child

    def _discard(self, child: _Child) -> None:
        child.close()
        self._local.child = None
        with self._lock:
            self._children.discard(child)


class _Child:
    """One child process and the pipes to it. Used by one thread; `kill` by any."""

    def __init__(self, *, memory_limit_bytes: int) -> None:
        self.served = 0
        self._kill_lock = threading.Lock()
        self._last_words = ""
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed in `close`)
        read_end, write_end = os.pipe()
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-W", "ignore", "-m", "ingest.parsing_child"),
                    *(str(write_end), str(os.getpid()), str(memory_limit_bytes)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                pass_fds=(write_end,),
                env=_child_environment(),
                # Its own process group: Ctrl-C is for the parent, and a kill takes pandoc along.
                start_new_session=True,
            )
        except OSError:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        self._replies = read_end

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        self._receive(time.monotonic() + _START_TIMEOUT_S)

    def ask(self, request: dict[str, Any], *, timeout_s: float) -> dict[str, Any]:
        """Raises TimeoutError, or EOFError if the child died."""
        self.served += 1
        stdin = self._process.stdin
        try:
            if stdin is None:
                raise EOFError
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise EOFError from error
        return self._receive(time.monotonic() + timeout_s)

    def kill(self) -> None:
        with self._kill_lock:
            if self._process.returncode is None:
                # The whole group: a helper of the child, such as pandoc, could outlive it.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def close(self) -> None:
        """Kill it and free the pipes; only the thread that uses the child may call this."""
        self.kill()
        self._last_words = self._read_stderr()
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._stderr.close()
        os.close(self._replies)

    def cause_of_death(self) -> str:
        """To be asked after `close`."""
        code = self._process.returncode
        if code is not None and code < 0 and -code in signal.valid_signals():
            name = signal.Signals(-code).name
            hint = ", as the system does when memory runs out" if -code == signal.SIGKILL else ""
            return f"was ended by {name}{hint}"
        return f"exited with status {code}"

    def last_words(self) -> str:
        """The end of what it wrote to stderr; to be asked after `close`."""
        return self._last_words

    def _read_stderr(self) -> str:
        end = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, end - 2_000))
        return self._stderr.read().decode(errors="replace").strip()

    def _receive(self, deadline: float) -> dict[str, Any]:
        (size,) = struct.unpack("<Q", self._read_exactly(8, deadline))
        if size > _MAX_REPLY_BYTES:
            raise EOFError
        try:
            reply = json.loads(self._read_exactly(size, deadline))
        except ValueError as error:
            raise EOFError from error
        if not isinstance(reply, dict):
            raise EOFError
        return reply

    def _read_exactly(self, size: int, deadline: float) -> bytearray:
        poller = select.poll()
        poller.register(self._replies, select.POLLIN)
        data = bytearray()
        while len(data) < size:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not poller.poll(left_s * 1000):
                raise TimeoutError
            piece = os.read(self._replies, min(size - len(data), 1 << 20))
            if not piece:
                raise EOFError
            data += piece
        return data


def _child_environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in _PASSED_ENVIRONMENT if name in os.environ}
    # The child finds what this process finds, however it was started.
    paths = (os.path.abspath(entry) for entry in sys.path)
    return environment | _CHILD_SETTINGS | {"PYTHONPATH": os.pathsep.join(paths)}


def _encoded(path: Path) -> str:
    """In hexadecimal: a path need not be valid Unicode."""
    return os.fsencode(path.absolute()).hex()


def _crash(child: _Child) -> ParserCrashed:
    return ParserCrashed(
        f"The process that read it {child.cause_of_death()}.",
        operator_detail=child.last_words() or None,
    )


def _read_reply(reply: dict[str, Any], *, filename: str) -> NormalisedDocument:
    _raise_error(reply, filename=filename)
    blocks = tuple(
        TextBlock(
            kind=BlockKind(kind),
            start=start,
            end=end,
            level=level,
            page=page,
            header_rows=header_rows,
            heading_path=tuple(heading_path),
        )
        for kind, start, end, level, page, header_rows, heading_path in reply["blocks"]
    )
    return NormalisedDocument(title=reply["title"], text=reply["text"], blocks=blocks)


def _raise_error(reply: dict[str, Any], *, filename: str) -> None:
    """Raise what the child reports, if it reports an error."""
    name = reply.get("error")
    if name is None:
        return
    if name == "OSError":
        raise OSError(reply["errno"], os.strerror(reply["errno"]))
    if name in _ERRORS:
        raise _ERRORS[name](
            reply["detail"], operator_detail=reply["operator_detail"], **reply["data"]
        )
    suffix = PurePosixPath(filename).suffix.lower() or "a file of its kind"
    raise ParseError(
        f"It could not be read as {suffix}: the content is damaged, or is not of that format.",
        operator_detail=reply["operator_detail"],
    )
