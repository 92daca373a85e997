from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.parsers.contract import EncryptedDocument, NoTextFound, ParseError
from tests.unit.ingest.parsers.support import item, paragraph, parse_bytes


def _message(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in headers.items():
        message[name] = value
    return message


def test_headers_come_first_and_plain_text_is_preferred(tmp_path: Path) -> None:
    message = _message(
        Subject="Grüße aus Rom", From="Ana <ana@acme.test>", To="bo@acme.test", Cc="x@acme.test"
    )
    message["Date"] = "Tue, 01 Oct 2024 12:34:56 +0200"
    message.set_content("Hello,\n\nall is well.\n\n- one\n- two\n")
    message.add_alternative("<p>Other words</p>", subtype="html")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="map.png")
    message.add_attachment("notes", filename="notes.txt")

    parsed = parse_bytes(tmp_path, "a.eml", message.as_bytes())

    assert parsed.title == "Grüße aus Rom"
    assert parsed.blocks == (
        paragraph(
            "From: Ana <ana@acme.test>\nTo: bo@acme.test\nCc: x@acme.test\n"
            "Date: Tue, 01 Oct 2024 12:34:56 +0200\nSubject: Grüße aus Rom"
        ),
        paragraph("Hello,"),
        paragraph("all is well."),
        item("one"),
        item("two"),
        paragraph("Attachments: map.png, notes.txt"),
    )


def test_html_is_read_where_there_is_no_plain_text(tmp_path: Path) -> None:
    message = _message(Subject="Hi")
    message.set_content("<p>One</p><ul><li>two</ul>", subtype="html")

    assert parse_bytes(tmp_path, "a.eml", message.as_bytes()).blocks == (
        paragraph("Subject: Hi"),
        paragraph("One"),
        item("two"),
    )


def test_attached_messages_are_read(tmp_path: Path) -> None:
    inner = _message(Subject="Inner")
    inner.set_content("Deep.")
    message = _message(Subject="Outer")
    message.set_content("See below.")
    message.add_attachment(inner)

    assert parse_bytes(tmp_path, "a.eml", message.as_bytes()).blocks == (
        paragraph("Subject: Outer"),
        paragraph("See below.\n"),
        paragraph("Subject: Inner"),
        paragraph("Deep.\n"),
    )


@pytest.mark.parametrize("charset", ["iso-8859-1", "no-such-charset", "utf-8"])
def test_wrongly_declared_charsets_do_not_garble(tmp_path: Path, charset: str) -> None:
    head = f"Subject: x\nContent-Type: text/plain; charset={charset}\n\n"

    parsed = parse_bytes(tmp_path, "a.eml", head.encode() + "Größe – “gut”".encode())

    assert parsed.blocks[1] == paragraph("Größe – “gut”")


def test_utf_16_files_are_read(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-16-be"):
        data = "Subject: Test\n\nBody.".encode(encoding)

        assert parse_bytes(tmp_path, "a.eml", data).title == "Test"


def test_encrypted_messages_are_reported(tmp_path: Path) -> None:
    data = b"Subject: x\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--\n"

    with pytest.raises(EncryptedDocument):
        parse_bytes(tmp_path, "a.eml", data)


def test_text_without_headers_is_no_message(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="no header lines"):
        parse_bytes(tmp_path, "a.eml", b"just some text without any header\n")
    with pytest.raises(NoTextFound):
        parse_bytes(tmp_path, "a.eml", b"  \n ")
