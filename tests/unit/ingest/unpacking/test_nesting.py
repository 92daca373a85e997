from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.parsers.contract import UnsupportedFormat
from ingest.unpacking import registry
from ingest.unpacking.contract import Entries, Entry, UnpackLimits
from tests.unit.ingest.unpacking.support import (
    UNPACKERS,
    codes,
    contents,
    mail,
    tarred,
    unpack,
    zipped,
)


def test_what_is_nested_is_named_below_its_container(tmp_path: Path) -> None:
    inner = mail("Inner", attachments={"deep.txt": b"deep"})
    outer = mail(
        "Outer", attachments={"inner.eml": inner, "b.tgz": tarred({"t": b"t"}, mode="w:gz")}
    )
    data = zipped({"mails/outer.eml": outer, "a.txt": b"a"})
    unpacked = unpack(tmp_path, "a.zip", data)

    # The archive's own files come first; then its containers' files, level by level.
    assert list(contents(unpacked)) == [
        *("mails/outer.eml", "a.txt"),
        *("mails/outer.eml/inner.eml", "mails/outer.eml/b.tgz"),
        *("mails/outer.eml/inner.eml/deep.txt", "mails/outer.eml/b.tgz/t"),
    ]
    assert contents(unpacked)["mails/outer.eml/inner.eml/deep.txt"] == b"deep"
    assert unpacked.failures == ()


@pytest.mark.parametrize(("max_depth", "depth"), [(1, 1), (2, 2), (3, 3)])
def test_containers_are_opened_down_to_the_limit(
    tmp_path: Path, max_depth: int, depth: int
) -> None:
    data = zipped({"end.txt": b"end"})
    for level in range(5, 0, -1):
        data = zipped({f"{level}.zip": data})
    unpacked = unpack(tmp_path, "a.zip", data, limits=UnpackLimits(max_depth=max_depth))

    path = "/".join(f"{level}.zip" for level in range(1, depth + 1))
    assert len(unpacked.members) == depth
    assert codes(unpacked) == {path: "nested_too_deeply"}


def test_a_bomb_of_archives_within_archives_stops_at_the_limits(tmp_path: Path) -> None:
    """In the manner of 42.zip: the copies on every level share one kernel of a few bytes."""

    def share(infos: dict[str, zipfile.ZipInfo]) -> None:
        first, *others = infos.values()
        for info in others:
            info.header_offset = first.header_offset

    data = zipped({f"{number}.txt": bytes(15_000_000) for number in range(16)})
    shared = zipped(dict.fromkeys(("0.txt", "1.txt"), bytes(15_000_000)), change=share)
    for _ in range(4):
        data = zipped({f"{number:x}.zip": data for number in range(16)} | {"s.zip": shared})
    limits = UnpackLimits(max_unpacked_bytes=50_000_000)
    unpacked = unpack(tmp_path, "42.zip", data, limits=limits)

    assert sum(member.size_bytes for member in unpacked.members) <= 50_000_000
    assert unpacked.failures


def test_a_bomb_does_not_take_the_room_of_its_neighbours(tmp_path: Path) -> None:
    bomb = zipped({f"{number}": b"x" * 1_000 for number in range(100)})
    data = zipped({"1.zip": bomb, "2.txt": b"text"})
    unpacked = unpack(tmp_path, "a.zip", data, limits=UnpackLimits(max_members=10))

    assert {"1.zip", "2.txt"} < set(contents(unpacked))
    assert codes(unpacked) == {"": "too_many_members"}


def test_a_damaged_container_is_kept_and_named(tmp_path: Path) -> None:
    files = {
        "bad.zip": b"PK\3\4 not",
        "b.docx": zipped({"word": b""}),
        "c.zip": zipped({"d": b"d"}),
    }
    unpacked = unpack(tmp_path, "a.zip", zipped(files))

    assert set(contents(unpacked)) == {"bad.zip", "b.docx", "c.zip", "c.zip/d"}
    assert codes(unpacked) == {"bad.zip": "parse_error"}


def test_a_folder_and_an_archive_of_one_name_do_not_mix(tmp_path: Path) -> None:
    data = zipped({"c.zip/d": b"outside", "c.zip": zipped({"d": b"inside"})})
    unpacked = unpack(tmp_path, "a.zip", data)

    assert contents(unpacked)["c.zip/d"] == b"outside"
    assert codes(unpacked) == {"c.zip/d": "duplicate_name"}


def test_a_bug_of_an_unpacker_costs_its_own_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        suffixes = frozenset({".broken"})
        mime_types = frozenset({"application/x-broken"})

        def recognises(self, head: bytes) -> bool:
            return False

        def entries(self, path: Path, *, limits: UnpackLimits) -> Entries:
            yield Entry(name="first", chunks=lambda: iter((b"1",)))
            raise RuntimeError("a bug")

    monkeypatch.setattr(registry, "_unpackers", lambda: (*UNPACKERS, Broken()))
    unpacked = unpack(tmp_path, "a.zip", zipped({"x.broken": b"x", "c.zip": zipped({"d": b"d"})}))

    assert set(contents(unpacked)) == {"x.broken", "c.zip", "x.broken/first", "c.zip/d"}
    assert codes(unpacked) == {"x.broken": "damaged"}


def test_the_signature_corrects_the_name(tmp_path: Path) -> None:
    assert contents(unpack(tmp_path, "a.zip", tarred({"a": b"a"}, mode="w:gz"))) == {"a": b"a"}


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat):
        unpack(tmp_path, "a.docx", zipped({"a": b"a"}), mime="application/zip")
