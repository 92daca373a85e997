from __future__ import annotations

import gzip
import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.parsers.contract import ParseError, UnsupportedFormat
from ingest.unpacking.contract import UnpackLimits
from tests.unit.ingest.unpacking.support import codes, contents, tarred, unpack

_FILES = {"./docs/Größe.md": b"# A", "b.bin": b"b" * 2_000}


def _special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    ("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("A.TGZ", "w:gz"), ("a.tgz", "w")]
)
def test_members_are_written(tmp_path: Path, name: str, mode: str) -> None:
    folder = _special("docs", tarfile.DIRTYPE)
    unpacked = unpack(tmp_path, name, tarred(_FILES, folder, mode=mode))

    assert contents(unpacked) == {"docs/Größe.md": b"# A", "b.bin": b"b" * 2_000}
    assert unpacked.members[0].modified_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert unpacked.failures == ()


@pytest.mark.parametrize("dialect", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_dialect_is_read(tmp_path: Path, dialect: int) -> None:
    name = "/".join(["folder" * 10] * 3) + "/a.txt"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=dialect) as archive:
        info = tarfile.TarInfo(name)
        info.size = 1
        archive.addfile(info, io.BytesIO(b"a"))

    unpacked = unpack(tmp_path, "a.tar", buffer.getvalue())

    assert contents(unpacked) == {name: b"a"}
    assert unpacked.members[0].modified_at is None


def test_links_devices_and_hostile_names_are_refused(tmp_path: Path) -> None:
    more = (
        _special("soft", tarfile.SYMTYPE, "/etc/passwd"),
        _special("hard", tarfile.LNKTYPE, "b.bin"),
        _special("device", tarfile.CHRTYPE),
        _special("pipe", tarfile.FIFOTYPE),
        _special("unknown", b"V"),
    )
    data = tarred({"/abs": b"x", "../up": b"x", "a\\b": b"x", **_FILES}, *more)
    unpacked = unpack(tmp_path, "a.tar", data)

    assert set(contents(unpacked)) == {"docs/Größe.md", "b.bin"}
    assert codes(unpacked) == {
        **dict.fromkeys(("/abs", "../up", "a\\b"), "unsafe_name"),
        **dict.fromkeys(("soft", "hard"), "link"),
        **dict.fromkeys(("device", "pipe", "unknown"), "special_file"),
    }


def test_a_name_that_is_not_utf8_is_read_as_western(tmp_path: Path) -> None:
    placeholder = b"xxxx.txt"
    data = bytearray(tarred({placeholder.decode(): b"a"}))
    data[: len(placeholder)] = b"caf\xe9.txt"
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])

    assert contents(unpack(tmp_path, "a.tar", bytes(data))) == {"café.txt": b"a"}


def test_damage_costs_what_comes_after_it_and_is_named(tmp_path: Path) -> None:
    data = bytearray(tarred({"a": b"a", "b": b"b", "c": b"c"}))
    data[2 * 1024 + 3] ^= 0xFF
    unpacked = unpack(tmp_path, "a.tar", bytes(data))

    assert set(contents(unpacked)) == {"a", "b"}
    assert codes(unpacked) == {"": "parse_error"}


def test_an_archive_without_its_end_is_cut_off(tmp_path: Path) -> None:
    data = tarred({"a": b"a", "b": b"b"})[: 2 * 1024]
    unpacked = unpack(tmp_path, "a.tar", data)

    assert set(contents(unpacked)) == {"a", "b"}
    assert "damaged or cut off" in unpacked.failures[0].detail


def test_a_wrong_checksum_of_the_compression_is_named(tmp_path: Path) -> None:
    data = gzip.compress(tarred({"a.txt": b"some words"}), compresslevel=0)
    unpacked = unpack(tmp_path, "a.tgz", data.replace(b"some words", b"sane words"))

    assert codes(unpacked) == {"": "parse_error"}


@pytest.mark.parametrize("missing", [1, 8])
def test_a_compression_without_its_end_is_cut_off(tmp_path: Path, missing: int) -> None:
    data = tarred({"a.txt": b"a"}, mode="w:gz")[:-missing]

    assert codes(unpack(tmp_path, "a.tgz", data)) == {"": "parse_error"}


def test_an_archive_without_files_is_empty(tmp_path: Path) -> None:
    unpacked = unpack(tmp_path, "a.tgz", tarred({}, mode="w:gz"))

    assert (unpacked.members, unpacked.failures) == ((), ())


def test_a_bomb_stops_at_its_ratio(tmp_path: Path) -> None:
    data = tarred({"a.txt": b"a", "zeros": bytes(60_000_000)}, mode="w:gz")
    unpacked = unpack(tmp_path, "a.tgz", data)

    assert contents(unpacked) == {"a.txt": b"a"}
    assert codes(unpacked) == {"": "suspicious_ratio"}


def test_what_is_skipped_counts_too(tmp_path: Path) -> None:
    limits = UnpackLimits(max_member_bytes=1_000, max_unpacked_bytes=20_000)
    files = {f"{number}": b"x" * 5_000 for number in range(20)}
    unpacked = unpack(tmp_path, "a.tgz", tarred(files, mode="w:gz"), limits=limits)

    assert unpacked.members == ()
    assert unpacked.failures[-1].name == ""
    assert unpacked.failures[-1].code == "unpacks_too_large"


def test_more_files_than_the_limit_are_not_read(tmp_path: Path) -> None:
    files = {f"{number}": b"x" for number in range(12)}
    unpacked = unpack(tmp_path, "a.tar", tarred(files), limits=UnpackLimits(max_members=10))

    assert len(unpacked.members) == 10
    assert codes(unpacked) == {"": "too_many_members"}


@pytest.mark.parametrize("content", [b"x", b"some text " * 1_000])
def test_a_single_compressed_file_is_no_archive(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnsupportedFormat, match="single compressed file"):
        unpack(tmp_path, "x", gzip.compress(content), mime="application/gzip")


@pytest.mark.parametrize("content", [b"no archive", b"x" * 5_000])
def test_what_is_no_archive_says_so(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ParseError, match=r"not a whole \.tar file"):
        unpack(tmp_path, "a.tar", content)
