from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from ingest.parsers.contract import ParseError, UnsupportedFormat
from ingest.unpacking.contract import UnpackLimits
from tests.unit.ingest.unpacking.support import codes, contents, unpack, zipped


def test_members_are_written_with_name_type_hash_and_date(tmp_path: Path) -> None:
    unpacked = unpack(
        tmp_path, "a.zip", zipped({"docs/": b"", "docs/Größe.md": b"# A", "b.bin": b""})
    )

    assert contents(unpacked) == {"docs/Größe.md": b"# A", "b.bin": b""}
    first = unpacked.members[0]
    assert first.file == tmp_path / "into" / "0"
    assert (first.mime, first.size_bytes) == ("text/markdown", 3)
    assert first.content_hash == sha256(b"# A").hexdigest()[:32]
    assert first.modified_at == datetime(2024, 5, 6, 7, 8, 10, tzinfo=UTC)
    assert unpacked.failures == ()


def test_what_macos_adds_is_left_out(tmp_path: Path) -> None:
    files = dict.fromkeys(("__MACOSX/._a.txt", ".DS_Store", "x/.DS_Store", "x/._b.txt"), b"?")

    assert contents(unpack(tmp_path, "a.zip", zipped({**files, "a.txt": b"a"}))) == {"a.txt": b"a"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("/etc/passwd", "unsafe_name"),
        ("../up.txt", "unsafe_name"),
        ("a/../../up.txt", "unsafe_name"),
        ("a\\b.txt", "unsafe_name"),
        ("C:/b.txt", "unsafe_name"),
        ("a\nb.txt", "unsafe_name"),
        ("./.", "unsafe_name"),
        ("n" * 1_001, "name_too_long"),
    ],
)
def test_a_hostile_name_costs_its_member_alone(tmp_path: Path, name: str, code: str) -> None:
    unpacked = unpack(tmp_path, "a.zip", zipped({"a.txt": b"a", name: b"x", "b.txt": b"b"}))

    assert contents(unpacked) == {"a.txt": b"a", "b.txt": b"b"}
    assert list(codes(unpacked).values()) == [code]
    assert len(unpacked.failures[0].name) <= 200


def test_a_name_with_a_zero_byte_is_not_cut_there(tmp_path: Path) -> None:
    data = zipped({"a.txt_.exe": b"x"}).replace(b"a.txt_.exe", b"a.txt\0.exe")

    assert codes(unpack(tmp_path, "a.zip", data)) == {"a.txt\ufffd.exe": "unsafe_name"}


def test_dots_and_doubled_slashes_are_dropped_and_names_are_composed(tmp_path: Path) -> None:
    unpacked = unpack(tmp_path, "a.zip", zipped({"./a//b.txt": b"1", "Gro\u0308ße.txt": b"2"}))

    assert set(contents(unpacked)) == {"a/b.txt", "Größe.txt"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_members_with_one_name_the_first_counts(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in (("a.txt", b"1"), ("a.txt", b"2"), ("./a.txt", b"3")):
            archive.writestr(name, data)
    unpacked = unpack(tmp_path, "a.zip", buffer.getvalue())

    assert contents(unpacked) == {"a.txt": b"1"}
    assert [(f.name, f.code) for f in unpacked.failures] == [
        ("a.txt", "duplicate_name"),
        ("./a.txt", "duplicate_name"),
    ]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"Gr\x94\xe1e.txt", "Größe.txt"),  # cp437, as the format says.
        ("Größe.txt".encode(), "Größe.txt"),  # UTF-8 without the flag, as many write.
    ],
)
def test_names_without_the_utf8_flag(tmp_path: Path, raw: bytes, name: str) -> None:
    placeholder = "x" * len(raw)
    data = zipped({placeholder: b"a"}).replace(placeholder.encode(), raw)

    assert contents(unpack(tmp_path, "a.zip", data)) == {name: b"a"}


def test_the_unicode_path_field_names_what_the_code_page_cannot(tmp_path: Path) -> None:
    raw = b"__.txt"
    name = "資料.txt".encode()
    field = struct.pack("<BI", 1, zlib.crc32(b"\x94_.txt")) + name

    def change(infos: dict[str, zipfile.ZipInfo]) -> None:
        infos["__.txt"].extra = struct.pack("<HH", 0x7075, len(field)) + field

    data = zipped({"__.txt": b"a"}, change=change).replace(raw, b"\x94_.txt")

    assert contents(unpack(tmp_path, "a.zip", data)) == {"資料.txt": b"a"}


def test_a_directory_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    placeholder = "ö" * 3
    data = zipped({placeholder: b"a"}).replace(placeholder.encode(), b"\xff" * 6)

    with pytest.raises(ParseError, match="its directory, at the end, cannot be read"):
        unpack(tmp_path, "a.zip", data)


def test_encrypted_members_are_named(tmp_path: Path) -> None:
    def change(infos: dict[str, zipfile.ZipInfo]) -> None:
        infos["b.txt"].flag_bits |= 1

    unpacked = unpack(tmp_path, "a.zip", zipped({"a.txt": b"a", "b.txt": b"b"}, change=change))

    assert contents(unpacked) == {"a.txt": b"a"}
    assert codes(unpacked) == {"b.txt": "encrypted_document"}


@pytest.mark.parametrize(
    ("mode", "code"), [(0o120777, "link"), (0o020666, "special_file"), (0o010666, "special_file")]
)
def test_links_and_devices_are_refused(tmp_path: Path, mode: int, code: str) -> None:
    def change(infos: dict[str, zipfile.ZipInfo]) -> None:
        infos["b"].external_attr = mode << 16

    unpacked = unpack(tmp_path, "a.zip", zipped({"a.txt": b"a", "b": b"/etc/x"}, change=change))

    assert contents(unpacked) == {"a.txt": b"a"}
    assert codes(unpacked) == {"b": code}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damaged_bytes_cost_their_member_alone(tmp_path: Path, method: int) -> None:
    data = zipped({"a.txt": b"a" * 300, "b.txt": bytes(range(256)), "c.txt": b"c"}, method=method)
    at = data.index(bytes(range(200, 240)))
    data = data[:at] + b"\xff" + data[at + 1 :]
    unpacked = unpack(tmp_path, "a.zip", data)

    assert set(contents(unpacked)) == {"a.txt", "c.txt"}
    assert codes(unpacked) == {"b.txt": "damaged"}


@pytest.mark.parametrize(("stated", "code"), [(3, "damaged"), (30, "damaged")])
def test_a_size_that_is_not_true_is_damage(tmp_path: Path, stated: int, code: str) -> None:
    def change(infos: dict[str, zipfile.ZipInfo]) -> None:
        infos["a.txt"].file_size = stated

    unpacked = unpack(tmp_path, "a.zip", zipped({"a.txt": b"0123456789"}, change=change))

    assert codes(unpacked) == {"a.txt": code}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_are_refused(tmp_path: Path, method: int) -> None:
    unpacked = unpack(tmp_path, "a.zip", zipped({"a.txt": b"a" * 90}, method=method))

    assert codes(unpacked) == {"a.txt": "unsupported_format"}


def test_a_large_member_of_a_huge_ratio_is_refused(tmp_path: Path) -> None:
    unpacked = unpack(tmp_path, "a.zip", zipped({"a.txt": b"a", "b.txt": bytes(30_000_000)}))

    assert contents(unpacked) == {"a.txt": b"a"}
    assert codes(unpacked) == {"b.txt": "suspicious_ratio"}
    assert "more than 200 times its size" in unpacked.failures[0].detail


def test_a_small_member_may_have_any_ratio(tmp_path: Path) -> None:
    assert contents(unpack(tmp_path, "a.zip", zipped({"a.txt": bytes(2_000_000)})))


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    def share(infos: dict[str, zipfile.ZipInfo]) -> None:
        first, *others = infos.values()
        for number, info in enumerate(others[:-1], start=1):
            info.header_offset = first.header_offset
            info.filename = f"{number}"

    files = {f"{number}": b"kernel " * 100 for number in range(50)}
    unpacked = unpack(tmp_path, "a.zip", zipped(files, change=share))

    assert len(unpacked.members) <= 2
    assert set(codes(unpacked).values()) <= {"overlapping", "damaged"}
    assert len(unpacked.failures) >= 48


def test_entries_that_quote_the_next_header_are_refused(tmp_path: Path) -> None:
    def quote(infos: dict[str, zipfile.ZipInfo]) -> None:
        infos["a"].compress_size += 40
        infos["b"].compress_size += 40

    unpacked = unpack(tmp_path, "a.zip", zipped(dict.fromkeys("abc", b"x" * 99), change=quote))

    assert contents(unpacked) == {"c": b"x" * 99}
    assert codes(unpacked) == {"a": "overlapping", "b": "overlapping"}


def test_more_files_than_the_limit_are_not_read(tmp_path: Path) -> None:
    files = {f"{number}.txt": b"x" for number in range(12)}
    unpacked = unpack(tmp_path, "a.zip", zipped(files), limits=UnpackLimits(max_members=10))

    assert list(contents(unpacked)) == [f"{number}.txt" for number in range(10)]
    assert codes(unpacked) == {"": "too_many_members"}


def test_more_bytes_than_the_limits_are_not_read(tmp_path: Path) -> None:
    limits = UnpackLimits(max_member_bytes=50, max_unpacked_bytes=100)
    sizes = {"a": 40, "b": 60, "c": 40, "d": 30, "e": 1}
    unpacked = unpack(
        tmp_path,
        "a.zip",
        zipped({name: b"x" * size for name, size in sizes.items()}),
        limits=limits,
    )

    assert set(contents(unpacked)) == {"a", "c"}
    assert codes(unpacked) == {"b": "document_too_large", "": "unpacks_too_large"}


@pytest.mark.parametrize("marker", ["[Content_Types].xml", "mimetype"])
def test_office_files_and_books_are_no_archives(tmp_path: Path, marker: str) -> None:
    with pytest.raises(UnsupportedFormat, match="give it its own ending"):
        unpack(tmp_path, "a.zip", zipped({marker: b"", "word/document.xml": b"<w/>"}))


def test_dates_that_are_none_are_left_out(tmp_path: Path) -> None:
    def change(infos: dict[str, zipfile.ZipInfo]) -> None:
        infos["a"].date_time = (1980, 0, 0, 0, 0, 0)
        infos["b"].date_time = (2024, 15, 31, 31, 63, 62)
        infos["c"].extra = struct.pack("<HHBi", 0x5455, 5, 1, 1_700_000_000)

    unpacked = unpack(tmp_path, "a.zip", zipped(dict.fromkeys("abc", b"x"), change=change))

    assert [member.modified_at for member in unpacked.members] == [
        None,
        None,
        datetime.fromtimestamp(1_700_000_000, UTC),
    ]


def test_an_archive_without_files_is_empty(tmp_path: Path) -> None:
    unpacked = unpack(tmp_path, "a.zip", zipped({}))

    assert (unpacked.members, unpacked.failures) == ((), ())
