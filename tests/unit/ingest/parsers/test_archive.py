from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ingest.parsers.archive import ArchiveParser
from ingest.parsers.contract import NoTextFound, ParsedDocument, ParseError, UnsupportedFormat
from tests.unit.ingest.parsers.support import item
from tests.unit.ingest.unpacking.support import tarred, zipped

_FILES = {"docs/Größe.md": b"# A", "__MACOSX/x": b"", "../up.txt": b"", "inner.zip": zipped({})}


def _parse(folder: Path, data: bytes) -> ParsedDocument:
    path = folder / "fetched"
    path.write_bytes(data)
    return ArchiveParser().parse(path)


@pytest.mark.parametrize(
    "data", [zipped(_FILES), tarred(_FILES), tarred(_FILES, mode="w:gz")], ids=["zip", "tar", "tgz"]
)
def test_an_archive_is_the_list_of_what_is_in_it(tmp_path: Path, data: bytes) -> None:
    parsed = _parse(tmp_path, data)

    assert parsed.title is None
    assert parsed.blocks == (item("docs/Größe.md"), item("inner.zip"))


def test_a_bomb_is_listed_up_to_its_limit(tmp_path: Path) -> None:
    data = tarred({"a.txt": b"a", "zeros": bytes(60_000_000), "z.txt": b"z"}, mode="w:gz")

    assert _parse(tmp_path, data).blocks == (item("a.txt"), item("zeros"))


def test_an_archive_without_files_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoTextFound):
        _parse(tmp_path, zipped({}))


def test_what_is_no_archive_says_so(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"not a whole \.zip file"):
        _parse(tmp_path, b"no archive")
    with pytest.raises(ParseError, match=r"not a whole \.tar file"):
        _parse(tmp_path, tarred(_FILES)[:1536])
    with pytest.raises(UnsupportedFormat, match="store it unpacked"):
        _parse(tmp_path, gzip.compress(b"text"))
    with pytest.raises(UnsupportedFormat, match="its own ending"):
        _parse(tmp_path, zipped({"[Content_Types].xml": b""}))
