"""A minimal Outlook message, because no library of ours writes one.

Source: [MS-CFB] (the container: sectors of 512 bytes, streams below 4,096 bytes in mini sectors of
64) and [MS-OXMSG] (which streams a message has).
"""

from __future__ import annotations

import struct

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_FAT_SECTOR = 0xFFFFFFFD
_SECTOR, _MINI_SECTOR = 512, 64
_UNICODE = 0x001F


def outlook_message(*, subject: str, body: str) -> bytes:
    """An .msg file with a class, a subject and a plain body."""
    texts = {0x001A: "IPM.Note", 0x0037: subject, 0x1000: body}
    streams = {"__properties_version1.0": bytes(32)}
    for tag, text in texts.items():
        data = text.encode("utf-16-le")
        entry = struct.pack("<HHIII", _UNICODE, tag, 6, len(data) + 2, 0)
        streams["__properties_version1.0"] += entry
        streams[f"__substg1.0_{tag:04X}{_UNICODE:04X}"] = data
    return _compound_file(streams)


def _compound_file(streams: dict[str, bytes]) -> bytes:
    mini_stream = b""
    mini_fat: list[int] = []
    starts: dict[str, int] = {}
    for name, data in streams.items():
        starts[name] = len(mini_fat)
        count = -(-len(data) // _MINI_SECTOR)
        mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + count), _END]
        mini_stream += data.ljust(count * _MINI_SECTOR, b"\0")
    # Directory names are ordered by length, then by letters; a chain of right siblings is a tree.
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    directory = [_entry("Root Entry", 5, child=1, start=-1, size=len(mini_stream))]
    for index, name in enumerate(names, start=1):
        right = index + 1 if index < len(names) else _FREE
        directory.append(_entry(name, 2, right=right, start=starts[name], size=len(streams[name])))
    parts = [
        _padded(b"".join(directory)),
        _padded(_table(mini_fat), fill=b"\xff"),
        _padded(mini_stream),
    ]
    fat = [_FAT_SECTOR]
    firsts = []
    for part in parts:
        firsts.append(len(fat))
        count = len(part) // _SECTOR
        fat += [*range(len(fat) + 1, len(fat) + count), _END]
    root = _entry("Root Entry", 5, child=1, start=firsts[2], size=len(mini_stream))
    parts[0] = root + parts[0][len(root) :]
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
        + struct.pack("<IIIIIIIII", 0, 1, firsts[0], 0, 4096, firsts[1], 1, _END, 0)
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
        + struct.pack("<IQ", start & 0xFFFFFFFF, size)
    )


def _table(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def _padded(data: bytes, *, fill: bytes = b"\0") -> bytes:
    return data.ljust(-(-len(data) // _SECTOR) * _SECTOR, fill)
