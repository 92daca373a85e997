"""How the IMAP connector reads what servers say of a message's parts."""

from __future__ import annotations

from typing import Any

import pytest
from imapclient.response_types import BodyData

from connectors.imap.structure import Part, UnknownStructure, parse_structure

_TEXT = (b"TEXT", b"PLAIN", (b"CHARSET", b"utf-8"), None, None, b"7BIT", 12, 1)
_HTML = (b"TEXT", b"HTML", None, None, None, b"QUOTED-PRINTABLE", 20, 1)


def structure(value: Any) -> Part:
    return parse_structure(BodyData.create(value))


def leaf(
    mime: str = "application/pdf",
    *,
    parameters: Any = None,
    content_id: bytes | None = None,
    size: int = 1_000,
    disposition: Any = None,
) -> tuple[Any, ...]:
    kind, _, subtype = mime.encode().partition(b"/")
    lines = (1,) if kind == b"text" else ()
    rest = (None, None, None) if mime == "message/rfc822" else ()
    return (
        *(kind, subtype, parameters, content_id, None, b"BASE64", size),
        *(*lines, *rest),
        *(None, disposition, None, None),
    )


def mixed(*children: Any, subtype: bytes = b"MIXED", boundary: bytes = b"b1") -> tuple[Any, ...]:
    return (*children, subtype, (b"BOUNDARY", boundary), None, None)


def names(value: Any, *, min_image_bytes: int = 500) -> list[str | None]:
    found = structure(value).attachments(min_image_bytes=min_image_bytes)
    return [part.file_name for part in found]


def test_sections_are_numbered_as_the_server_counts_them() -> None:
    whole = structure(mixed(mixed(_TEXT, _HTML, subtype=b"ALTERNATIVE"), leaf()))
    assert [part.section for part in whole.leaves()] == ["1.1", "1.2", "2"]
    assert (whole.section, whole.boundary, whole.mime) == ("", "b1", "multipart/mixed")
    assert structure(_TEXT).section == "1"


@pytest.mark.parametrize(
    ("parameters", "disposition", "name"),
    [
        ((b"NAME", b"a.pdf"), None, "a.pdf"),
        (None, (b"ATTACHMENT", (b"FILENAME", b"a.pdf")), "a.pdf"),
        ((b"NAME", b"a.pdf"), (b"ATTACHMENT", (b"FILENAME", b"b.pdf")), "b.pdf"),
        ((b"NAME", b"=?utf-8?q?pl=C3=A4n.pdf?="), None, "plän.pdf"),
        (None, (b"ATTACHMENT", (b"FILENAME*", b"utf-8''pl%C3%A4n.pdf")), "plän.pdf"),
        (
            None,
            (b"ATTACHMENT", (b"FILENAME*0*", b"utf-8''pl%C3", b"FILENAME*1*", b"%A4n.pdf")),
            "plän.pdf",
        ),
        (None, (b"ATTACHMENT", (b"FILENAME*0", b"a ", b"FILENAME*1", b"plan.pdf")), "a plan.pdf"),
        (None, (b"ATTACHMENT", (b"FILENAME*", b"no-charset''%FF")), None),
        (None, b'attachment; filename="a.pdf"', "a.pdf"),
        ((b"NAME", "plän.pdf".encode()), None, "plän.pdf"),
        ((b"NAME", b'a "b" c.pdf'), None, 'a "b" c.pdf'),
        ((b"NAME", b"pl\xe4n.pdf"), None, "pl\ufffdn.pdf"),
        (None, (b"ATTACHMENT", None), "part-1.pdf"),
        (None, None, None),
        (None, (b"INLINE", None), None),
    ],
)
def test_name_of_a_file_in_every_way_it_is_sent(
    parameters: Any, disposition: Any, name: str | None
) -> None:
    found = structure(leaf(parameters=parameters, disposition=disposition)).file_name
    assert found == name if name is not None else found is None or found


@pytest.mark.parametrize(
    "part",
    [
        _TEXT,
        _HTML,
        leaf("application/pgp-signature", parameters=(b"NAME", b"signature.asc")),
        leaf("image/png", parameters=(b"NAME", b"logo.png"), content_id=b"<1>", size=499),
        leaf("image/png", size=499, disposition=(b"INLINE", (b"FILENAME", b"logo.png"))),
        leaf("message/rfc822", size=1_000),
        leaf("text/calendar"),
    ],
)
def test_what_is_no_file(part: Any) -> None:
    assert names(mixed(_TEXT, part)) == []


@pytest.mark.parametrize(
    "part",
    [
        leaf("image/png", parameters=(b"NAME", b"a.png"), content_id=b"<1>", size=500),
        leaf("image/png", parameters=(b"NAME", b"a.png"), size=10),
        leaf("text/plain", parameters=(b"NAME", b"a.txt")),
        leaf("text/plain", disposition=(b"ATTACHMENT", None)),
        leaf("message/rfc822", size=3 * 1024**2),
    ],
)
def test_what_is_a_file(part: Any) -> None:
    assert len(names(mixed(_TEXT, part))) == 1


def test_an_encrypted_message_has_no_files() -> None:
    parts = (leaf("application/pgp-encrypted"), leaf(parameters=(b"NAME", b"encrypted.asc")))
    assert names(mixed(*parts, subtype=b"ENCRYPTED")) == []


@pytest.mark.parametrize(
    "value", [None, b"TEXT", (), (b"TEXT",), (b"TEXT", b"PLAIN", None, None, None, b"7BIT", b"x")]
)
def test_what_nobody_understands(value: Any) -> None:
    with pytest.raises(UnknownStructure):
        parse_structure(BodyData(value) if isinstance(value, tuple) else value)


def test_parts_within_parts_have_an_end() -> None:
    value: tuple[Any, ...] = _TEXT
    for _ in range(30):
        value = mixed(value)
    with pytest.raises(UnknownStructure):
        structure(value)
