"""Unpacking in the parsing sandbox, with real child processes."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.parsers.contract import (
    EncryptedDocument,
    NoTextFound,
    ParseError,
    UnsupportedFormat,
)
from ingest.parsing import ParserCrashed, ParsingOutOfMemory, ParsingSandbox, ParsingTimedOut
from ingest.unpacking import registry
from ingest.unpacking.contract import Unpacked, UnpackLimits
from tests.unit.ingest.unpacking.quine import NAME, quine
from tests.unit.ingest.unpacking.support import codes, contents, mail, tarred, zipped

# An unpacker of a package of its own, registered as an outsider's would be.
_HOSTILE_UNPACKER = """
import ctypes, os, socket
from typing import ClassVar
from ingest.unpacking.contract import Entry

class HostileUnpacker:
    suffixes: ClassVar = frozenset({".hostile"})
    mime_types: ClassVar = frozenset({"application/x-hostile"})

    def recognises(self, head):
        return False

    def entries(self, path, *, limits):
        yield Entry(name="first.txt", chunks=lambda: iter((b"first",)))
        order = path.read_text()
        if order == "hang":
            while True:
                pass
        if order == "hog":
            hoard = [bytearray(10_000_000) for _ in range(1_000)]
        if order == "crash":
            ctypes.string_at(0)
        if order == "bug":
            raise RuntimeError("a bug")
        if order == "endless":
            def zeros():
                while True:
                    yield bytes(1 << 20)
            for number in range(3):
                yield Entry(name=str(number), chunks=zeros)
"""
_ENTRY_POINTS = """
[vouch.unpackers]
hostile = hostile_unpacker:HostileUnpacker
"""


@pytest.fixture(scope="module", autouse=True)
def _registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    package = tmp_path_factory.mktemp("package")
    info = package / "hostile-1.0.dist-info"
    info.mkdir()
    (package / "hostile_unpacker.py").write_text(_HOSTILE_UNPACKER)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(_ENTRY_POINTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(package))
        registry._unpackers.cache_clear()
        yield
    registry._unpackers.cache_clear()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ParsingSandbox]:
    limits = UnpackLimits(max_unpacked_bytes=100_000_000, max_member_bytes=50_000_000)
    # Time enough on any machine: what is late belongs to the test with an impatient one.
    with ParsingSandbox(
        timeout_s=60, memory_limit_bytes=512 * 1024**2, unpack_limits=limits
    ) as sandbox:
        yield sandbox


class _Folder:
    """Where a test's files lie; each is unpacked into a folder of its own."""

    def __init__(self, root: Path, sandbox: ParsingSandbox) -> None:
        self._root = root
        self._sandbox = sandbox
        self._count = 0

    def unpack(self, name: str, data: bytes, *, mime: str | None = None) -> Unpacked:
        self._count += 1
        path, into = self._root / f"fetched-{self._count}", self._root / f"into-{self._count}"
        path.write_bytes(data)
        into.mkdir()
        return self._sandbox.unpack(path, filename=name, mime=mime, into=into)


@pytest.fixture
def folder(tmp_path: Path, sandbox: ParsingSandbox) -> _Folder:
    return _Folder(tmp_path, sandbox)


def test_what_can_be_unpacked_is_known_without_a_child() -> None:
    with ParsingSandbox() as sandbox:
        assert sandbox.can_unpack("a.tar.gz", None)
        assert sandbox.can_unpack("a", "message/rfc822")
        assert not sandbox.can_unpack("a.docx", "application/zip")
        assert not sandbox._children


def test_mail_within_mail_within_an_archive_comes_out_and_is_read(
    folder: _Folder, sandbox: ParsingSandbox
) -> None:
    inner = mail("Inner", attachments={"notes.md": "# Größe\n\nNine.".encode()})
    outer = mail("Outer", attachments={"inner.eml": inner})
    unpacked = folder.unpack("a.zip", zipped({"mails/outer.eml": outer, "../x": b"x"}))

    assert list(contents(unpacked)) == [
        "mails/outer.eml",
        "mails/outer.eml/inner.eml",
        "mails/outer.eml/inner.eml/notes.md",
    ]
    assert codes(unpacked) == {"../x": "unsafe_name"}
    notes = unpacked.members[2]
    assert notes.modified_at is not None
    assert notes.modified_at.isoformat() == "2024-05-06T05:08:09+00:00"
    assert sandbox.parse(notes.file, filename="notes.md", mime=notes.mime).text == "Größe\n\nNine."


def test_an_archive_itself_is_the_list_of_its_files(
    sandbox: ParsingSandbox, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(zipped({"docs/a.md": b"a", "b.md": b"b"}))

    document = sandbox.parse(tmp_path / "a", filename="a.zip", mime=None)

    assert (document.title, document.text) == (None, "docs/a.md\nb.md")


@pytest.mark.parametrize(
    ("order", "error", "detail"),
    [
        ("hog", ParsingOutOfMemory, "512 MiB of memory"),
        ("crash", ParserCrashed, "was ended by SIGSEGV"),
        ("bug", ParseError, "could not be read as .hostile"),
    ],
)
def test_a_hostile_file_ends_itself_and_the_next_is_unpacked(
    folder: _Folder, order: str, error: type[ParseError], detail: str
) -> None:
    with pytest.raises(error) as caught:
        folder.unpack("a.hostile", order.encode())

    assert type(caught.value) is error
    assert detail in caught.value.detail
    assert contents(folder.unpack("a.hostile", b"behave")) == {"first.txt": b"first"}


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_unpacked(tmp_path: Path) -> None:
    with ParsingSandbox(timeout_s=3) as impatient:
        folder = _Folder(tmp_path, impatient)
        with pytest.raises(ParsingTimedOut, match="longer than the limit of 3 s"):
            folder.unpack("a.hostile", b"hang")

        assert contents(folder.unpack("a.hostile", b"behave")) == {"first.txt": b"first"}


def test_members_without_end_stop_at_the_limit_and_leave_nothing(
    folder: _Folder, tmp_path: Path
) -> None:
    unpacked = folder.unpack("a.hostile", b"endless")

    assert contents(unpacked) == {"first.txt": b"first"}
    assert set(codes(unpacked).values()) == {"document_too_large"}
    assert [file.name for file in (tmp_path / "into-1").iterdir()] == ["0"]


def _shared(infos: dict[str, zipfile.ZipInfo]) -> None:
    first, *others = infos.values()
    for info in others:
        info.header_offset = first.header_offset


def test_bombs_end_in_time_with_what_they_are(folder: _Folder) -> None:
    kernel = zipped({"zeros.txt": bytes(40_000_000)})
    nested = zipped({f"{number:x}.txt": bytes(15_000_000) for number in range(16)})
    for _ in range(4):
        nested = zipped({f"{number:x}.zip": nested for number in range(16)})
    bombs = {
        "ratio.zip": kernel,
        "42.zip": nested,
        "shared.zip": zipped({f"{n}": b"kernel " * 99 for n in range(900)}, change=_shared),
        "many.zip": zipped({f"{number}": b"" for number in range(5_000)}),
        "long.tgz": tarred({"zeros": bytes(60_000_000)}, mode="w:gz"),
    }
    found = {name: set(codes(folder.unpack(name, bomb)).values()) for name, bomb in bombs.items()}

    assert found["ratio.zip"] == {"suspicious_ratio"}
    assert found["42.zip"] & {"nested_too_deeply", "unpacks_too_large", "too_many_members"}
    assert found["shared.zip"] >= {"overlapping"}
    assert found["many.zip"] == {"too_many_members"}
    assert found["long.tgz"] >= {"suspicious_ratio"}


def test_an_archive_that_holds_itself_is_opened_down_to_the_limit(folder: _Folder) -> None:
    archive = quine()
    unpacked = folder.unpack("a.zip", archive)

    paths = [NAME, f"{NAME}/{NAME}", f"{NAME}/{NAME}/{NAME}"]
    assert contents(unpacked) == dict.fromkeys(paths, archive)
    assert codes(unpacked) == {paths[2]: "nested_too_deeply"}


def test_archives_that_are_cut_off_say_so_and_cost_no_child(
    folder: _Folder, sandbox: ParsingSandbox
) -> None:
    files = {
        "a.txt": random.Random(7).randbytes(300),
        "mail.eml": mail(attachments={"b.txt": b"b"}),
    }
    folder.unpack("a.zip", zipped(files))
    children = set(sandbox._children)
    for name, data in (("a.zip", zipped(files)), ("a.tgz", tarred(files, mode="w:gz"))):
        for size in range(1, len(data), 64):
            try:
                unpacked = folder.unpack(name, data[:size])
            except ParseError:
                continue
            assert unpacked.failures, size

    assert set(sandbox._children) == children


def test_errors_keep_their_class(folder: _Folder, sandbox: ParsingSandbox, tmp_path: Path) -> None:
    head = b"From: ana@acme.test\nContent-Type: application/pkcs7-mime\n\n"
    with pytest.raises(EncryptedDocument, match="store it decrypted"):
        folder.unpack("a.eml", head + b"x")
    with pytest.raises(NoTextFound, match="empty"):
        folder.unpack("a.zip", b"")
    with pytest.raises(UnsupportedFormat):
        folder.unpack("a.docx", zipped({"a": b"a"}), mime="application/zip")
    (tmp_path / "a.zip").write_bytes(zipped({"a": b"a"}))
    with pytest.raises(FileNotFoundError):
        sandbox.unpack(tmp_path / "a.zip", filename="a.zip", mime=None, into=tmp_path / "none")


def test_threads_share_the_sandbox(tmp_path: Path) -> None:
    def unpack(number: int) -> dict[str, bytes]:
        path, into = tmp_path / f"{number}.zip", tmp_path / f"into-{number}"
        path.write_bytes(zipped({f"{number}.txt": b"x" * number}))
        into.mkdir()
        return contents(shared.unpack(path, filename=path.name, mime=None, into=into))

    with ParsingSandbox(workers=2) as shared, ThreadPoolExecutor(8) as threads:
        assert list(threads.map(unpack, range(20))) == [{f"{n}.txt": b"x" * n} for n in range(20)]
    with pytest.raises(RuntimeError, match="closed"):
        unpack(20)
