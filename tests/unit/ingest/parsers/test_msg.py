from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.parsers.compressed_rtf import decompress_rtf
from ingest.parsers.contract import EncryptedDocument, NoTextFound, ParseError
from tests.unit.ingest.parsers import outlook
from tests.unit.ingest.parsers.outlook import outlook_message
from tests.unit.ingest.parsers.support import item, paragraph, parse_bytes

# The example of [MS-OXRTFCP] 4.1.
_COMPRESSED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d"
    "0a800fa0"
)
_RICH_TEXT = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_sent_message_has_the_headers_that_it_travelled_with(tmp_path: Path) -> None:
    message = outlook_message(
        {
            outlook.SUBJECT: "Grüße  aus Rom",
            outlook.HEADERS: "From: =?utf-8?q?Ana_M=C3=BCller?= <ana@acme.test>\r\n"
            "To: bo@acme.test,\r\n x@acme.test\r\nCc: hr@acme.test\r\nSubject: other\r\n"
            "Date: Tue, 01 Oct 2024 12:34:56 +0200\r\n\r\n",
            outlook.SENDER_NAME: "Somebody",
            outlook.BODY: "Hello,\r\n\r\nall is well.\r\n\r\n- one\r\n- two\r\n",
            outlook.HTML: b"<p>Other words</p>",
        },
        attachments=[{outlook.FILE_NAME: "map.png"}, {outlook.NAME: "Forwarded"}],
    )

    parsed = parse_bytes(tmp_path, "a.msg", message)

    assert parsed.title == "Grüße aus Rom"
    assert parsed.blocks == (
        paragraph(
            "From: Ana Müller <ana@acme.test>\nTo: bo@acme.test, x@acme.test\nCc: hr@acme.test\n"
            "Date: Tue, 01 Oct 2024 12:34:56 +0200\nSubject: Grüße aus Rom"
        ),
        paragraph("Hello,"),
        paragraph("all is well."),
        item("one"),
        item("two"),
        paragraph("Attachments: map.png, Forwarded"),
    )


def test_message_without_transport_headers_has_those_that_outlook_keeps(tmp_path: Path) -> None:
    message = outlook_message(
        {
            outlook.SENDER_NAME: "Ana",
            outlook.SENDER_EMAIL: "/O=ACME/CN=ANA",
            outlook.SENDER_SMTP: "ana@acme.test",
            outlook.SUBMITTED_AT: datetime(2024, 10, 1, 10, 34, 56, tzinfo=UTC),
            outlook.BODY: "Body.",
        },
        recipients=[
            {outlook.NAME: "Bo", outlook.SMTP: "bo@acme.test", outlook.RECIPIENT_TYPE: 1},
            {outlook.NAME: "cy@acme.test", outlook.EMAIL: "cy@acme.test"},
            {outlook.NAME: "HR", outlook.EMAIL: "/O=ACME/CN=HR", outlook.RECIPIENT_TYPE: 2},
            {outlook.NAME: "Hidden", outlook.RECIPIENT_TYPE: 3},
        ],
    )

    parsed = parse_bytes(tmp_path, "a.msg", message)

    assert parsed.title is None
    assert parsed.blocks == (
        paragraph(
            "From: Ana <ana@acme.test>\nTo: Bo <bo@acme.test>, cy@acme.test\nCc: HR\n"
            "Date: Tue, 01 Oct 2024 10:34:56 +0000"
        ),
        paragraph("Body."),
    )


@pytest.mark.parametrize(
    "html",
    [
        "<p>Größe</p><ul><li>two</ul>",
        "<p>Größe</p><ul><li>two</ul>".encode(),
        "<p>Größe</p><ul><li>two</ul>".encode("cp1252"),
    ],
    ids=["text", "UTF-8", "the code page"],
)
def test_html_is_read_where_there_is_no_plain_text(tmp_path: Path, html: str | bytes) -> None:
    properties = {outlook.HTML: html, outlook.CODE_PAGE: 1252, outlook.BODY: " \r\n"}

    parsed = parse_bytes(tmp_path, "a.msg", outlook_message(properties))

    assert parsed.blocks == (paragraph("Größe"), item("two"))


def test_rich_text_is_read_where_there_is_nothing_else(tmp_path: Path) -> None:
    message = outlook_message({outlook.RICH_TEXT: _COMPRESSED})

    assert parse_bytes(tmp_path, "a.msg", message).blocks == (paragraph("hello world"),)


def test_rich_text_is_decompressed_as_specified() -> None:
    assert decompress_rtf(_COMPRESSED) == _RICH_TEXT
    assert decompress_rtf(b"\0\0\0\0\x04\0\0\0MELA\0\0\0\0{\\rtf and more") == b"{\\rt"
    # The specification's second example: a reference that reaches into what it writes itself.
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert decompress_rtf(crossing) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@pytest.mark.parametrize("cut", [16, 17, 20, len(_COMPRESSED) - 1])
def test_cut_rich_text_is_read_as_far_as_it_goes(cut: int) -> None:
    assert _RICH_TEXT.startswith(decompress_rtf(_COMPRESSED[:cut]))


def test_encrypted_messages_are_reported(tmp_path: Path) -> None:
    body = {outlook.BODY: "This message is protected."}
    headers = "Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\n"
    rights_managed = {outlook.MIME_TYPE: "application/x-microsoft-rpmsg-message"}
    for message in (
        outlook_message(body | {outlook.HEADERS: headers}),
        outlook_message(body | {outlook.CLASS: "IPM.Note.SMIME"}),
        outlook_message(body, attachments=[rights_managed]),
    ):
        with pytest.raises(EncryptedDocument, match="store it decrypted"):
            parse_bytes(tmp_path, "a.msg", message)


def test_damaged_messages_are_reported(tmp_path: Path) -> None:
    whole = outlook_message({outlook.BODY: "Body."})
    for damaged in (
        b"Subject: not a container",
        whole[:1_000],
        # Another kind of compound file, such as a Word document under a wrong name.
        whole.replace("__properties".encode("utf-16-le"), "__broperties".encode("utf-16-le")),
        outlook_message({outlook.BODY: "Body.", outlook.CODE_PAGE: 4}),
        outlook_message({outlook.RICH_TEXT: b"no rich text at all"}),
    ):
        with pytest.raises(ParseError, match=r"not a whole \.msg file"):
            parse_bytes(tmp_path, "a.msg", damaged)


def test_message_with_neither_headers_nor_a_body_holds_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoTextFound):
        parse_bytes(tmp_path, "a.msg", outlook_message({}))
