"""The rich text inside Outlook messages, which is compressed in a way of its own.

Source: [MS-OXRTFCP]. References point into a ring of 4,096 bytes that begins with what most rich
text begins with.
"""

from __future__ import annotations

import struct

_COMPRESSED, _UNCOMPRESSED = b"LZFu", b"MELA"
_RING_BYTES = 4096
_PRESET = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def decompress_rtf(data: bytes) -> bytes:
    """The rich text. It stops at the end mark, or where cut data stop.

    Raises ValueError or struct.error for anything else than compressed rich text.
    """
    _, raw_size, kind, _ = struct.unpack("<II4sI", data[:16])
    if kind == _UNCOMPRESSED:
        return data[16 : 16 + raw_size]
    if kind != _COMPRESSED:
        raise ValueError("it is not compressed rich text")
    return _decompress(data[16:])[:raw_size]


def _decompress(data: bytes) -> bytes:
    ring = bytearray(_PRESET.ljust(_RING_BYTES, b"\0"))
    at = len(_PRESET)
    result = bytearray()
    position = 0
    while position < len(data):
        flags = data[position]
        position += 1
        for bit in range(8):
            if flags >> bit & 1:
                if position + 2 > len(data):
                    return bytes(result)
                (reference,) = struct.unpack_from(">H", data, position)
                position += 2
                start, length = reference >> 4, (reference & 15) + 2
                if start == at:
                    return bytes(result)
            else:
                if position >= len(data):
                    return bytes(result)
                ring[at] = data[position]
                position += 1
                start, length = at, 1
            # Byte by byte, because a reference may reach into what it writes itself.
            for offset in range(length):
                byte = ring[(start + offset) % _RING_BYTES]
                ring[at] = byte
                at = (at + 1) % _RING_BYTES
                result.append(byte)
    return bytes(result)
