"""Messages that the IMAP connector puts together: what a mail parser then finds in them."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage, Message

import pytest

from connectors.imap import assembly
from connectors.imap.structure import UNDESCRIBED, Part

_TEXT = Part(section="1", mime="text/plain", size_bytes=5)
_FILE = Part(section="2", mime="application/pdf", name="a.pdf", size_bytes=900)
_MIXED = Part(section="", mime="multipart/mixed", boundary="b", children=(_TEXT, _FILE))
_SECTIONS = {
    "HEADER": b'Subject: Leave\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n',
    "1.MIME": b"Content-Type: text/plain\r\n\r\n",
    "1": b"Hello",
    "2.MIME": b"Content-Type: application/pdf; name=a.pdf\r\n\r\n",
}


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def test_files_are_neither_asked_for_nor_there() -> None:
    assert assembly.sections_of(_MIXED) == ["HEADER", "1.MIME", "1", "2.MIME"]
    message = parsed(b"".join(assembly.message(_MIXED, _SECTIONS)))
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Hello"
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("a.pdf", b"")


def test_a_message_that_is_a_file_is_its_header_alone() -> None:
    whole = Part(section="1", mime="application/pdf", name="scan.pdf")
    assert assembly.sections_of(whole) == ["HEADER"]


@pytest.mark.parametrize(
    "structure",
    [
        UNDESCRIBED,
        Part(section="", mime="multipart/mixed", children=(_TEXT,)),
        Part(
            section="",
            mime="multipart/mixed",
            boundary="b",
            children=(Part(section="1", mime="multipart/mixed", children=()),),
        ),
    ],
)
def test_what_cannot_be_put_together_is_taken_as_a_whole(structure: Part) -> None:
    (whole,) = assembly.sections_of(structure)
    assert b"".join(assembly.message(structure, {whole: b"as sent"})) == b"as sent"


def test_size_is_that_of_what_is_asked_for() -> None:
    assert assembly.size_of(_MIXED, ["HEADER", "1"]) == 5
    assert assembly.size_of(_MIXED, ["2"]) == 900
    whole = Part(section="", mime="multipart/mixed", size_bytes=1_000, children=(_TEXT,))
    assert assembly.size_of(whole, assembly.sections_of(whole)) == 1_000


def test_a_thread_is_its_messages_one_after_the_other() -> None:
    digest = assembly.Digest("Urlaubspläne\r\nBcc: x", boundary="thread-1")
    pieces = [digest.begin()]
    for text in (b"Subject: one\r\n\r\nfirst", b"Subject: two\r\n\r\nsecond\r\n"):
        pieces += [digest.next(), text, digest.after()]
    message = parsed(b"".join([*pieces, digest.end()]))
    assert "Bcc" not in message
    assert message["Subject"].startswith("Urlaubspläne")
    inner = [part.get_payload(0) for part in message.iter_parts()]
    assert [m["Subject"] for m in inner if isinstance(m, Message)] == ["one", "two"]


def test_an_encrypted_message_keeps_its_envelope_and_nothing_else() -> None:
    header = b"From: ana@acme.test\r\nSubject: a\r\n b\xff\r\nX-Secret: s\r\n\r\n"
    message = parsed(b"".join(assembly.sealed(header)))
    assert message["From"] == "ana@acme.test"
    assert "X-Secret" not in message
    assert "encrypted" in message.get_content()


@pytest.mark.parametrize(
    ("content", "encoding", "expected"),
    [
        (b"YWJj\r\nZGVm\r\n", "base64", b"abcdef"),
        (b"", "base64", b""),
        (b"a=3D=\r\nb", "quoted-printable", b"a=b"),
        (b"\x00\xff", "binary", b"\x00\xff"),
        (b"abc", "8bit", b"abc"),
    ],
)
def test_decoded(content: bytes, encoding: str, expected: bytes) -> None:
    assert assembly.decoded(content, encoding) == expected


@pytest.mark.parametrize("content", [b"YW", b"YWJj!", b"YWJ"])
def test_damaged_base64(content: bytes) -> None:
    with pytest.raises(ValueError, match="base64"):
        assembly.decoded(content, "base64")
