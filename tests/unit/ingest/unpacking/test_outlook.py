from __future__ import annotations

from pathlib import Path

import pytest

from ingest.parsers.contract import ParseError
from tests.unit.ingest.parsers import outlook
from tests.unit.ingest.parsers.outlook import outlook_message
from tests.unit.ingest.unpacking.support import codes, contents, unpack

_DATA = 0x3701


def test_attachments_are_members(tmp_path: Path) -> None:
    message = outlook_message(
        {outlook.SUBJECT: "Budget", outlook.BODY: "See the attachments."},
        attachments=[
            {outlook.FILE_NAME: "größe.txt", _DATA: b"a"},
            {outlook.FILE_NAME: "größe.txt", outlook.MIME_TYPE: "text/csv", _DATA: b"b"},
            {_DATA: b"c"},
            {outlook.FILE_NAME: "a mail"},
        ],
    )
    unpacked = unpack(tmp_path, "a.msg", message)

    assert contents(unpacked) == {"größe.txt": b"a", "größe (2).txt": b"b", "attachment-3": b"c"}
    assert [member.mime for member in unpacked.members] == ["text/plain", "text/csv", None]
    assert codes(unpacked) == {"a mail": "unsupported_format"}


@pytest.mark.parametrize("data", [b"no message", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)])
def test_what_is_no_message_says_so(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ParseError, match=r"not a whole \.msg file"):
        unpack(tmp_path, "a.msg", data)
