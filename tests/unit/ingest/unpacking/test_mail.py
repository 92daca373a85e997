from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from ingest.parsers.contract import EncryptedDocument, ParseError
from tests.unit.ingest.unpacking.support import codes, contents, mail, unpack

_HEAD = b"From: ana@acme.test\r\nMIME-Version: 1.0\r\n"


def _parts(*parts: bytes) -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b--\r\n"


def test_attachments_are_members_and_bodies_are_not(tmp_path: Path) -> None:
    data = mail(attachments={"report.pdf": b"%PDF", "größe.bin": bytes(range(256))})
    unpacked = unpack(tmp_path, "a.eml", data)

    assert contents(unpacked) == {"report.pdf": b"%PDF", "größe.bin": bytes(range(256))}
    assert unpacked.members[0].mime == "application/pdf"
    assert unpacked.members[0].modified_at == datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)


def test_the_type_of_a_mail_is_enough(tmp_path: Path) -> None:
    data = mail(attachments={"a.txt": b"a"})

    assert set(contents(unpack(tmp_path, "Re: v1.2 x", data, mime="message/rfc822"))) == {"a.txt"}


def test_attached_messages_are_files_named_by_their_subjects(tmp_path: Path) -> None:
    outer = EmailMessage()
    outer["Subject"] = "Fwd"
    outer.set_content("See below.")
    for subject in ("Re: Q1/Q2 Größe", "Re: Q1/Q2 Größe", ""):
        inner = EmailMessage()
        inner["Subject"] = subject
        inner.set_content("Größe\n")
        inner.add_attachment(b"inner", "application", "octet-stream", filename="x.bin")
        outer.add_attachment(inner)
    unpacked = unpack(tmp_path, "a.eml", outer.as_bytes(policy=SMTP))

    first = "Re_ Q1_Q2 Größe.eml"
    assert list(contents(unpacked)) == [
        *(first, "Re_ Q1_Q2 Größe (2).eml", "message-3.eml"),
        *(f"{first}/x.bin", "Re_ Q1_Q2 Größe (2).eml/x.bin", "message-3.eml/x.bin"),
    ]
    assert unpacked.members[0].mime == "message/rfc822"
    assert unpacked.members[3].file.read_bytes() == b"inner"


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_an_attached_message_that_was_encoded_is_decoded(tmp_path: Path, size: int) -> None:
    inner = b"Subject: Inside\r\n\r\nHello" + b"!" * size + b"\r\n"
    part = (
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(inner)
    )

    assert list(contents(unpack(tmp_path, "a.eml", _parts(part))).values()) == [inner]


def test_names_that_senders_give_are_made_harmless(tmp_path: Path) -> None:
    names = ["../../up.txt", "C:\\docs\\b.txt", "..", "a\tb.txt", "n" * 300 + ".pdf"]
    part = b'Content-Type: application/x\r\nContent-Disposition: attachment; filename="%s"\r\n\r\nx'
    data = _parts(*(part % name.replace("\\", "\\\\").encode() for name in names))
    unpacked = unpack(tmp_path, "a.eml", data)

    assert list(contents(unpacked)) == [
        *(".._.._up.txt", "C__docs_b.txt", "attachment-3", "a b.txt"),
        "n" * 196 + ".pdf",
    ]


def test_attachments_of_one_name_are_numbered(tmp_path: Path) -> None:
    part = b"Content-Type: image/png; name=scan.png\r\nContent-Disposition: attachment\r\n\r\n"

    assert list(contents(unpack(tmp_path, "a.eml", _parts(part + b"1", part + b"2")))) == [
        "scan.png",
        "scan (2).png",
    ]


def test_an_attachment_without_a_name_gets_one_by_its_type(tmp_path: Path) -> None:
    data = _parts(b"Content-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF")

    assert list(contents(unpack(tmp_path, "a.eml", data))) == ["attachment-1.pdf"]


def test_small_pictures_in_the_text_and_signatures_are_left_out(tmp_path: Path) -> None:
    picture = b"Content-Type: image/png; name=%s\r\nContent-Disposition: inline\r\n\r\n"
    data = _parts(
        picture % b"logo.png" + b"x" * 1_000,
        picture % b"photo.png" + b"x" * 60_000,
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx",
        b"Content-Type: text/html\r\n\r\n<p>Body",
    )

    assert set(contents(unpack(tmp_path, "a.eml", data))) == {"photo.png"}


def test_a_mail_that_is_nothing_but_a_file_holds_that_file(tmp_path: Path) -> None:
    head = b"Content-Type: application/pdf; name=scan.pdf\r\n"
    data = _HEAD + head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(b"%PDF")

    assert contents(unpack(tmp_path, "a.eml", data)) == {"scan.pdf": b"%PDF"}


def test_a_mail_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + mail(attachments={"a.txt": b"a"})

    assert set(contents(unpack(tmp_path, "a.eml", data))) == {"a.txt"}


def test_encrypted_mails_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EncryptedDocument):
        unpack(tmp_path, "a.eml", _HEAD + b"Content-Type: application/pkcs7-mime\r\n\r\nx")


def test_what_is_no_mail_says_so(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="no header lines"):
        unpack(tmp_path, "a.eml", b"\n\nno mail")


def test_a_mail_without_attachments_is_empty(tmp_path: Path) -> None:
    unpacked = unpack(tmp_path, "a.eml", mail())

    assert (unpacked.members, codes(unpacked)) == ((), {})
