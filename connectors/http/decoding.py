"""Content encodings, undone a little at a time: a kilobyte may stand for a gigabyte."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

ACCEPT_ENCODING = "gzip, deflate"

_PIECE_BYTES = 64 * 1024
_GZIP, _ZLIB, _RAW = 31, 15, -15


class EncodingDamaged(ValueError):
    """The bytes are not what the encoding makes, or end too soon."""


class EncodingUnknown(ValueError):
    """One that nobody asked for."""


def decoded(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The content in pieces of at most 64 KiB each. Raises EncodingDamaged, EncodingUnknown."""
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        match name:
            case "" | "identity":
                pass
            case "gzip" | "x-gzip":
                pieces = gunzipped(pieces)
            case "deflate":
                pieces = _inflated(pieces)
            case _:
                raise EncodingUnknown(name)
    return iter(pieces)


def gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A gzip file's content; one of several members, too. Raises EncodingDamaged."""
    decoder = zlib.decompressobj(_GZIP)
    is_begun = False
    for piece in pieces:
        while piece:
            if decoder.eof:
                if not piece.strip(b"\0"):  # Padding.
                    break
                decoder = zlib.decompressobj(_GZIP)
            is_begun = True
            yield from _pieces(decoder, piece)
            piece = decoder.unused_data
    if is_begun and not decoder.eof:
        raise EncodingDamaged("it ends too soon")


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """zlib's format, as the standard says, or bare, as some servers send."""
    decoder = None
    for piece in pieces:
        if decoder is None and piece:
            decoder = zlib.decompressobj(_ZLIB if piece[0] & 0x0F == 8 else _RAW)
        if decoder is not None and not decoder.eof:
            yield from _pieces(decoder, piece)
    if decoder is not None and not decoder.eof:
        raise EncodingDamaged("it ends too soon")


def _pieces(decoder: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """All that the data stand for. What follows the end is the decoder's `unused_data`."""
    while True:
        try:
            piece = decoder.decompress(data, _PIECE_BYTES)
        except zlib.error as error:
            raise EncodingDamaged("it is damaged") from error
        if piece:
            yield piece
        data = decoder.unconsumed_tail
        # With the limit reached there may be more inside the decoder.
        if decoder.eof or (not data and len(piece) < _PIECE_BYTES):
            return
