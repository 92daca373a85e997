from __future__ import annotations

import pytest

from ingest.unpacking.registry import find_unpacker


@pytest.mark.parametrize(
    ("filename", "mime", "name"),
    [
        ("a.zip", None, "ZipUnpacker"),
        ("A.ZIP", "application/octet-stream", "ZipUnpacker"),
        ("a.tar.gz", "text/plain", "TarUnpacker"),
        ("a.tgz", None, "TarUnpacker"),
        ("a.tar", None, "TarUnpacker"),
        ("a.eml", None, "MailUnpacker"),
        ("a.msg", None, "OutlookUnpacker"),
        ("download", "application/zip; charset=binary", "ZipUnpacker"),
        ("Re: v1.2 budget", "message/rfc822", "MailUnpacker"),
        ("release.v2", "application/zip", "ZipUnpacker"),
        ("backup", "application/gzip", "TarUnpacker"),
    ],
)
def test_names_and_types_choose_the_unpacker(filename: str, mime: str | None, name: str) -> None:
    assert type(find_unpacker(filename, mime=mime)).__name__ == name


@pytest.mark.parametrize(
    ("filename", "mime"),
    [
        ("a.docx", "application/zip"),
        ("a.EPUB", "application/zip"),
        ("a.odt", "application/zip"),
        ("a.html", "message/rfc822"),
        ("a.txt.gz", "application/gzip"),
        ("a.gz", None),
        ("a.mht", "text/html"),
        ("a.txt", None),
        ("README", None),
        ("README", "text/plain"),
    ],
)
def test_the_name_of_another_format_counts_for_more_than_the_type(
    filename: str, mime: str | None
) -> None:
    assert find_unpacker(filename, mime=mime) is None
