"""Minimal Outlook messages, because no library of ours writes one.

Source: [MS-CFB] (the container: sectors of 512 bytes, streams below 4,096 bytes in mini sectors of
64) and [MS-OXMSG] (which streams and storages a message has).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_FAT_SECTOR = 0xFFFFFFFD
_SECTOR, _MINI_SECTOR = 512, 64
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_INTEGER, _UNICODE, _TIME, _BINARY = 0x0003, 0x001F, 0x0040, 0x0102

Value = str | bytes | int | datetime
Tree = Mapping[str, "bytes | Tree"]

CLASS, SUBJECT, SUBMITTED_AT, HEADERS = 0x001A, 0x0037, 0x0039, 0x007D
SENDER_NAME, SENDER_EMAIL, SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
BODY, RICH_TEXT, HTML = 0x1000, 0x1009, 0x1013
RECIPIENT_TYPE, NAME, EMAIL, SMTP = 0x0C15, 0x3001, 0x3003, 0x39FE
FILE_NAME, MIME_TYPE = 0x3707, 0x370E
CODE_PAGE = 0x3FDE


def outlook_message(
    properties: Mapping[int, Value],
    *,
    recipients: Sequence[Mapping[int, Value]] = (),
    attachments: Sequence[Mapping[int, Value]] = (),
) -> bytes:
    """An .msg file of these properties; of kind IPM.Note unless they say another."""
    tree = dict(_streams({CLASS: "IPM.Note", **properties}, header_bytes=32))
    for kind, items in (("recip", recipients), ("attach", attachments)):
        for index, item in enumerate(items):
            tree[f"__{kind}_version1.0_#{index:08X}"] = _streams(item, header_bytes=8)
    return _compound_file(tree)


def _streams(properties: Mapping[int, Value], *, header_bytes: int) -> Tree:
    streams: dict[str, bytes | Tree] = {}
    entries = bytes(header_bytes)
    for tag, value in properties.items():
        kind, inline, data = _encoded(value)
        entries += struct.pack("<HHI", kind, tag, 6) + inline
        if data is not None:
            streams[f"__substg1.0_{tag:04X}{kind:04X}"] = data
    return {"__properties_version1.0": entries, **streams}


def _encoded(value: Value) -> tuple[int, bytes, bytes | None]:
    """The property's type, what its entry holds, and what its own stream holds."""
    if isinstance(value, int):
        return _INTEGER, struct.pack("<Q", value), None
    if isinstance(value, datetime):
        since_1601_s = (value - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()
        return _TIME, struct.pack("<Q", int(since_1601_s * 10**7)), None
    if isinstance(value, str):
        data = value.encode("utf-16-le")
        return _UNICODE, struct.pack("<II", len(data) + 2, 0), data
    return _BINARY, struct.pack("<II", len(value), 0), value


@dataclass
class _Container:
    """Its parts as they grow: the directory, and small streams in mini sectors."""

    directory: list[bytes] = field(default_factory=list)
    mini_stream: bytes = b""
    mini_fat: list[int] = field(default_factory=list)

    def add(self, tree: Tree) -> int:
        """Returns the number of the first entry."""
        # Names are ordered by length, then by letters; a chain of right siblings is a tree.
        names = sorted(tree, key=lambda name: (len(name), name.upper()))
        first = len(self.directory)
        self.directory += [b""] * len(names)
        for index, name in enumerate(names, start=first):
            right = index + 1 if index + 1 < first + len(names) else _FREE
            content = tree[name]
            if isinstance(content, bytes):
                start = self._store(content)
                entry = _entry(name, _STREAM, right=right, start=start, size=len(content))
            else:
                child = self.add(content)
                entry = _entry(name, _STORAGE, right=right, child=child, start=0, size=0)
            self.directory[index] = entry
        return first

    def _store(self, data: bytes) -> int:
        if not data:
            return _END
        assert len(data) < 4096, "larger streams do not live in mini sectors"
        start = len(self.mini_fat)
        count = -(-len(data) // _MINI_SECTOR)
        self.mini_fat += [*range(start + 1, start + count), _END]
        self.mini_stream += data.ljust(count * _MINI_SECTOR, b"\0")
        return start


def _compound_file(tree: Tree) -> bytes:
    container = _Container(directory=[b""])
    child = container.add(tree)
    container.directory[0] = _entry("Root Entry", _ROOT, start=0, size=0)
    parts = [
        _padded(b"".join(container.directory)),
        _padded(_table(container.mini_fat), fill=b"\xff"),
        _padded(container.mini_stream),
    ]
    fat = [_FAT_SECTOR]
    firsts = []
    for part in parts:
        firsts.append(len(fat))
        count = len(part) // _SECTOR
        fat += [*range(len(fat) + 1, len(fat) + count), _END]
    size = len(container.mini_stream)
    root = _entry("Root Entry", _ROOT, child=child, start=firsts[2], size=size)
    parts[0] = root + parts[0][len(root) :]
    mini_fat_sectors = len(parts[1]) // _SECTOR
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
        + struct.pack("<IIIIIIIII", 0, 1, firsts[0], 0, 4096, firsts[1], mini_fat_sectors, _END, 0)
        + _table([0] + [_FREE] * 108)
    )
    return header + _padded(_table(fat), fill=b"\xff") + b"".join(parts)


def _entry(
    name: str, kind: int, *, child: int = _FREE, right: int = _FREE, start: int, size: int
) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBB", len(encoded), kind, 1)
        + struct.pack("<III", _FREE, right, child)
        + bytes(16 + 4 + 16)
        + struct.pack("<IQ", start, size)
    )


def _table(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def _padded(data: bytes, *, fill: bytes = b"\0") -> bytes:
    return data.ljust(-(-len(data) // _SECTOR) * _SECTOR, fill)
