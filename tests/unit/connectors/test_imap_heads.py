"""What the IMAP connector makes of headers, whatever stands in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.imap.heads import Head, parse_head

_RECEIVED = datetime(2024, 2, 29, 12, tzinfo=UTC)


def head(*lines: bytes, received_at: datetime = _RECEIVED, size_bytes: int = 100) -> Head:
    header = b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    return parse_head(header, received_at=received_at, size_bytes=size_bytes)


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"Subject: Leave", "Leave"),
        (b"Subject: =?utf-8?q?Urlaubspl=C3=A4ne?=", "Urlaubspläne"),
        (b"Subject: =?iso-8859-1?b?5GJj?=\r\n =?utf-8?q?_d?=", "äbc d"),
        ("Subject: Pläne".encode(), "Pläne"),
        (b"Subject: Pl\xe4ne", "Pläne"),
        (b"Subject: a\r\n\tb   c", "a b c"),
        (b"Subject: =?no-such-charset?q?a?=", "=?no-such-charset?q?a?="),
        (b"Subject: =?utf-8?b?!?= a", "a"),
        (b"Subject: a\x00b", "ab"),
        (b"X-Other: a", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_subject(raw: bytes, subject: str) -> None:
    assert head(raw).subject == subject


def test_subject_is_text_that_a_database_takes() -> None:
    head(b"Subject: =?utf-8?q?=ED=A0=80?=\r\nMessage-ID: <\xed\xa0\x80@a>").subject.encode()


def test_references_are_in_order_and_once_each_without_the_message_itself() -> None:
    found = head(
        b"Message-ID: <3@a>",
        b"References: <1@a>\r\n <2@a> <1@a> garbage <3@a>",
        b"In-Reply-To: <2@a> of Monday",
    )
    assert found.references == ("1@a", "2@a")


def test_the_oldest_and_the_newest_of_many_references_are_kept() -> None:
    many = b" ".join(b"<%d@a>" % number for number in range(1_000))
    found = head(b"Message-ID: <own@a>", b"References: " + many).references
    assert (found[0], found[-1], len(found)) == ("0@a", "999@a", 101)


def test_a_message_without_an_id_is_named_by_its_header_and_size() -> None:
    one, same, other = head(b"Subject: a"), head(b"Subject: a"), head(b"Subject: b")
    assert one.message_id == same.message_id
    assert one.message_id != other.message_id
    assert one.message_id != head(b"Subject: a", size_bytes=101).message_id
    assert head(b"Subject: a", b"Message-ID: none").message_id.endswith("@nameless.invalid")


def test_the_key_is_the_contents_and_not_the_folders() -> None:
    one = head(b"Message-ID: <1@a>", b"Subject: a")
    assert one.key == head(b"Message-ID: <1@a>", b"Subject: b").key
    assert one.key != head(b"Message-ID: <1@a>", size_bytes=101).key
    assert one.key != head(b"Message-ID: <1@a>", received_at=_RECEIVED.replace(hour=13)).key


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (b"Wed, 28 Feb 2024 10:00:00 +0100", datetime(2024, 2, 28, 9, tzinfo=UTC)),
        (b"28 Feb 2024 10:00:00", datetime(2024, 2, 28, 10, tzinfo=UTC)),
        (b"Wed, 28 Feb 2034 10:00:00 +0100", _RECEIVED),
        (b"Thu, 01 Jan 1970 00:00:00 +0000", _RECEIVED),
        (b"Wed, 28 Feb 2024 10:00:00 +9999", _RECEIVED),
        (b"Wed, 99 Feb 2024 99:00:00", _RECEIVED),
        (b"yesterday", _RECEIVED),
        (b"", _RECEIVED),
    ],
)
def test_date_is_the_senders_if_that_can_be_true(date: bytes, expected: datetime) -> None:
    assert head(b"Date: " + date).date == expected
