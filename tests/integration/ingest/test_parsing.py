"""The parsing sandbox with real child processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.normalise import NormalisedDocument
from ingest.parsers.contract import (
    BlockKind,
    DocumentTooLarge,
    NoTextFound,
    ParseError,
    UnsupportedFormat,
)
from ingest.parsing import ParserCrashed, ParsingOutOfMemory, ParsingSandbox, ParsingTimedOut

# A parser of a package of its own, registered as an outsider's would be: it does what the file
# says, which is never good.
_HOSTILE_PARSER = """
import ctypes, os, socket, subprocess, sys, time
from typing import ClassVar
from ingest.parsers.contract import Block, BlockKind, ParsedDocument

class HostileParser:
    suffixes: ClassVar = frozenset({".hostile"})
    mime_types: ClassVar = frozenset({"application/x-hostile"})

    def parse(self, path):
        order = path.read_text()
        if order == "hang":
            while True:
                pass
        if order == "helper":
            subprocess.run(["sleep", "3600"])
        if order == "hog":
            hoard = [bytearray(10_000_000) for _ in range(1_000)]
        if order == "crash":
            ctypes.string_at(0)
        if order == "exit":
            os._exit(7)
        if order == "bug":
            raise RuntimeError(f"cannot read {path}")
        if order == "call":
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        if order == "print":
            print("noise " * 100_000, flush=True)
            os.write(2, b"noise " * 100_000)
        text = f"{order} {os.getpid()} {sorted(os.environ)} {os.nice(0)} {os.getppid()}"
        return ParsedDocument(title=None, blocks=(Block(kind=BlockKind.PARAGRAPH, text=text),))
"""


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ParsingSandbox]:
    package = tmp_path / "package"
    info = package / "hostile-1.0.dist-info"
    info.mkdir(parents=True)
    (package / "hostile_parser.py").write_text(_HOSTILE_PARSER)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[vouch.parsers]\nhostile = hostile_parser:HostileParser\n"
    )
    monkeypatch.syspath_prepend(str(package))
    # Time enough on any machine: what is late belongs to the tests with an impatient one.
    with ParsingSandbox(timeout_s=60, memory_limit_bytes=512 * 1024**2) as sandbox:
        yield sandbox


@pytest.fixture
def impatient(sandbox: ParsingSandbox) -> Iterator[ParsingSandbox]:
    """Beside `sandbox`, which knows the hostile parser."""
    with ParsingSandbox(timeout_s=3) as impatient:
        yield impatient


def _order(sandbox: ParsingSandbox, folder: Path, order: str) -> NormalisedDocument:
    path = folder / f"{order}.hostile"
    path.write_text(order)
    return sandbox.parse(path, filename=path.name, mime=None)


def _child_pid(sandbox: ParsingSandbox, folder: Path) -> int:
    return int(_order(sandbox, folder, "behave").text.split()[1])


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_document_comes_back_normalised(sandbox: ParsingSandbox, tmp_path: Path) -> None:
    (tmp_path / "fetched-7").write_text("---\ntitle: Leave\n---\n# Leave\n\nGrüße \U0001f600.\n")

    document = sandbox.parse(tmp_path / "fetched-7", filename="leave.md", mime=None)

    assert document.title == "Leave"
    assert document.text == "Leave\n\nGrüße \U0001f600."
    heading, text = document.blocks
    assert (heading.kind, heading.level, heading.heading_path) == (BlockKind.HEADING, 1, ("Leave",))
    assert (text.start, text.end, text.heading_path) == (7, 15, ("Leave",))


def test_the_mime_type_chooses_where_the_name_does_not(
    sandbox: ParsingSandbox, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("<h1>Hi</h1>")

    assert sandbox.parse(tmp_path / "x", filename="x", mime="text/html").text == "Hi"


def test_names_that_are_not_unicode_are_read(sandbox: ParsingSandbox, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xefve.txt"))
    path.write_text("Hello.")

    assert sandbox.parse(path, filename=path.name, mime=None).text == "Hello."


@pytest.mark.parametrize(
    ("order", "error", "detail"),
    [
        ("hog", ParsingOutOfMemory, "512 MiB of memory"),
        ("crash", ParserCrashed, "was ended by SIGSEGV"),
        ("exit", ParserCrashed, "exited with status 7"),
        ("bug", ParseError, "could not be read as .hostile"),
        ("call", ParseError, "could not be read as .hostile"),
    ],
)
def test_a_hostile_file_ends_itself_and_the_next_is_read(
    sandbox: ParsingSandbox,
    tmp_path: Path,
    order: str,
    error: type[ParseError],
    detail: str,
) -> None:
    with pytest.raises(error) as caught:
        _order(sandbox, tmp_path, order)

    assert type(caught.value) is error
    assert detail in caught.value.detail
    assert str(tmp_path) not in caught.value.detail
    assert _order(sandbox, tmp_path, "behave").text.startswith("behave")


@pytest.mark.parametrize("order", ["hang", "helper"])
def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read(
    impatient: ParsingSandbox, tmp_path: Path, order: str
) -> None:
    with pytest.raises(ParsingTimedOut, match="longer than the limit of 3 s") as caught:
        _order(impatient, tmp_path, order)

    assert str(tmp_path) not in caught.value.detail
    assert _order(impatient, tmp_path, "behave").text.startswith("behave")


def test_the_network_is_refused(sandbox: ParsingSandbox, tmp_path: Path) -> None:
    with pytest.raises(ParseError) as caught:
        _order(sandbox, tmp_path, "call")

    assert "must not use the network" in (caught.value.operator_detail or "")


def test_what_a_parser_prints_does_no_harm(sandbox: ParsingSandbox, tmp_path: Path) -> None:
    assert _order(sandbox, tmp_path, "print").text.startswith("print")


def test_the_child_holds_no_secrets_and_yields_the_processor(
    sandbox: ParsingSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_SECRET", "x")

    text = _order(sandbox, tmp_path, "behave").text

    assert "VOUCH_SECRET" not in text
    assert f"{os.nice(0) + 5} {os.getpid()}" in text


def test_one_child_serves_many_documents_and_is_replaced_when_killed(
    sandbox: ParsingSandbox, tmp_path: Path
) -> None:
    pid = _child_pid(sandbox, tmp_path)
    assert _child_pid(sandbox, tmp_path) == pid

    os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)

    assert _child_pid(sandbox, tmp_path) != pid


def test_threads_share_the_sandbox(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text(f"Text {number}.")
    with ParsingSandbox(workers=2) as sandbox, ThreadPoolExecutor(8) as threads:
        documents = threads.map(
            lambda number: sandbox.parse(tmp_path / f"{number}.txt", filename="a.txt", mime=None),
            range(40),
        )

        assert [document.text for document in documents] == [f"Text {n}." for n in range(40)]


def test_files_are_refused_before_they_are_read(sandbox: ParsingSandbox, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    with (tmp_path / "sparse.txt").open("wb") as sparse:
        sparse.truncate(2_000_000_000)
    os.mkfifo(tmp_path / "pipe.txt")

    with pytest.raises(NoTextFound, match=r"^The file is empty\.$"):
        sandbox.parse(tmp_path / "empty.txt", filename="empty.txt", mime=None)
    with pytest.raises(DocumentTooLarge, match="2,000,000,000 bytes; the limit is 104,857,600"):
        sandbox.parse(tmp_path / "sparse.txt", filename="sparse.txt", mime=None)
    with pytest.raises(UnsupportedFormat, match="regular file"):
        sandbox.parse(tmp_path / "pipe.txt", filename="pipe.txt", mime=None)
    with pytest.raises(FileNotFoundError):
        sandbox.parse(tmp_path / "gone.txt", filename="gone.txt", mime=None)


def test_errors_keep_their_class_and_their_numbers(sandbox: ParsingSandbox, tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_text("x")
    (tmp_path / "a.txt").write_bytes(b"caf\xc3 \xff\xfe")

    with pytest.raises(UnsupportedFormat, match=r"save it as \.docx") as caught:
        sandbox.parse(tmp_path / "a.doc", filename="a.doc", mime=None)
    assert caught.value.data == {"suffix": ".doc", "mime": None}
    with pytest.raises(ParseError, match="not valid UTF-8") as invalid:
        sandbox.parse(tmp_path / "a.txt", filename="a.txt", mime=None)
    assert invalid.value.data == {"offset": 3}


def test_closing_kills_the_child_and_what_it_was_doing(
    sandbox: ParsingSandbox, tmp_path: Path
) -> None:
    pid = _child_pid(sandbox, tmp_path)
    with ThreadPoolExecutor(1) as threads:
        parsing = threads.submit(_order, sandbox, tmp_path, "helper")
        time.sleep(0.3)
        sandbox.close()

        assert isinstance(parsing.exception(timeout=5), ParserCrashed)
    assert not _is_alive(pid)
    with pytest.raises(RuntimeError, match="closed"):
        _order(sandbox, tmp_path, "behave")
    sandbox.close()


@pytest.mark.parametrize("guard", [True, False])
def test_the_child_dies_with_its_parent_and_never_runs_its_main(
    tmp_path: Path, guard: bool
) -> None:
    script = """
        import pathlib, sys, time
        from ingest.parsing import ParsingSandbox
        print("main", flush=True)
        sandbox = ParsingSandbox()
        path = pathlib.Path(sys.argv[1])
        path.write_text("Hello.")
        sandbox.parse(path, filename="a.txt", mime=None)
        print(next(iter(sandbox._children))._process.pid, flush=True)
        time.sleep(60)
    """
    source = textwrap.dedent(script)
    if guard:
        source = "if __name__ == '__main__':\n" + textwrap.indent(source, "    ")
    (tmp_path / "program.py").write_text(source)
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py"), str(tmp_path / "a.txt")],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "main\n"
        pid = int(program.stdout.readline())
        assert _is_alive(pid)
        program.kill()
        program.wait()
        deadline = time.monotonic() + 5
        while _is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)

        assert not _is_alive(pid)


def test_a_small_document_costs_milliseconds(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some words. " * 400)
    with ParsingSandbox() as sandbox:

        def parse() -> float:
            start = time.perf_counter()
            sandbox.parse(tmp_path / "a.txt", filename="a.txt", mime=None)
            return time.perf_counter() - start

        parse()

        assert min(parse() for _ in range(20)) < 0.05
