"""Bytes to text, or a clear refusal: wrongly decoded text would be indexed, quoted and believed."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from ingest.parsers.contract import ParseError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Tab, line feed, vertical tab, form feed, carriage return and escape occur in text files.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_NON_ASCII = re.compile(rb"[\x80-\xff]")
_SAMPLE_BYTES = 64 * 1024
# Code pages of DOS and of mainframes fit any bytes; nobody writes them any more.
_MULTI_BYTE = ("gb", "big5", "euc_", "shift_jis", "cp932", "cp949", "johab", "iso2022")
_LIVING_ENCODINGS = ("cp125", "iso8859", "latin_1", "koi8", "cp874", "tis_620", *_MULTI_BYTE)
# In per cent. Real text of a paragraph or more has 40 and more; noise has none.
_MIN_COHERENCE = 20.0
_WESTERN = frozenset(
    "ÄÖÜäöüßéèêëàâáãåçîïíìñôóòõøûùúæœýÉÈÊÀÂÁÃÅÇÎÍÑÔÓÒÕØÚÙÆŒ‘’“”„‚«»–—…•·°§€£©®™\u00a0¿¡½¼¾²³µ±×´¨"
)
# "cafÃ", "â‚": what half of a UTF-8 sequence looks like in cp1252.
_MOJIBAKE = re.compile("[a-zß-ÿ][À-Þ]|[À-ÿ][‚„¡¿±²³¼½¾«]")


def read_text(path: Path, *, declared: str | None = None) -> str:
    """The file's text; see `decode`."""
    return decode(path.read_bytes(), declared=declared)


def decode(data: bytes, *, declared: str | None = None) -> str:
    """Text by byte order mark, else UTF-8 if it is that, else in the declared charset, else in a
    legacy encoding if that is recognised with confidence.

    UTF-8 comes first because non-ASCII text in another encoding hardly ever passes for it, while
    UTF-8 declared as Latin-1 is common.

    Raises ParseError for binary content and for text in no recognisable encoding.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strictly(data, encoding).removeprefix("\ufeff")
    if (utf16 := _utf16_without_bom(data)) is not None:
        return _strictly(data, utf16)
    _refuse_binary(data)
    # ASCII bytes may be another charset's shifts: UTF-7, ISO-2022-JP.
    if declared is not None and data.isascii() and (text := _try(data, declared)) is not None:
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if declared is not None and (text := _try(data, declared)) is not None:
            return text
        return _decode_legacy(data, error)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ParseError(
            f"The text is not valid {encoding.upper()}: byte {error.start} cannot be decoded. "
            "Save the file as UTF-8.",
            offset=error.start,
        ) from error


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return None


def _utf16_without_bom(data: bytes) -> str | None:
    """UTF-16 by its zero bytes: Latin text has one in nearly every pair, on one side only."""
    sample = data[: _SAMPLE_BYTES & ~1]
    if len(data) % 2 or len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    pairs = len(sample) // 2
    if odd > 0.4 * pairs and even < 0.02 * pairs:
        return "utf-16-le"
    if even > 0.4 * pairs and odd < 0.02 * pairs:
        return "utf-16-be"
    return None


def _refuse_binary(data: bytes) -> None:
    controls = len(_CONTROLS.findall(data))
    if b"\x00" in data[:_SAMPLE_BYTES] or controls > max(2, len(data) // 500):
        raise ParseError(
            "The content is binary, not text: it holds control characters that text does not.",
            control_characters=controls,
        )


def _decode_legacy(data: bytes, error: UnicodeDecodeError) -> str:
    refusal = ParseError(
        f"The text is not valid UTF-8 (byte 0x{data[error.start]:02x} at offset {error.start}) and "
        "in no other encoding that is recognised with confidence. Save the file as UTF-8.",
        offset=error.start,
    )
    # Damaged UTF-8 decodes as cp1252 too, into mojibake: where most of the bytes above ASCII
    # form UTF-8 sequences, the file was UTF-8.
    non_ascii = len(_NON_ASCII.findall(data))
    in_sequences = sum(len(match) for match in _UTF8_SEQUENCE.findall(data))
    if in_sequences * 2 > non_ascii:
        raise refusal from error
    text = _recognise(data)
    if text is None:
        raise refusal from error
    return text


def _recognise(data: bytes) -> str | None:
    """The text, in the encoding whose letters come in the order of some language.

    Short texts show no language: they pass for cp1252 if they look Western, or for the only
    multi-byte encoding that fits.
    """
    from charset_normalizer import from_bytes

    # A sample around the first bytes that are not ASCII: the beginning alone may tell nothing.
    first = _NON_ASCII.search(data)
    start = max(0, (first.start() if first else 0) - _SAMPLE_BYTES // 4)
    matches = from_bytes(data[start : start + _SAMPLE_BYTES], threshold=0.1)
    candidates = [match for match in matches if match.encoding.startswith(_LIVING_ENCODINGS)]
    best = max(candidates, key=lambda match: match.percent_coherence, default=None)
    if best is not None and best.percent_coherence >= _MIN_COHERENCE:
        # Several encodings may give the same text.
        same = best.could_be_from_charset
        return _try(data, "cp1252" if "cp1252" in same else best.encoding)
    western = _try(data, "cp1252")
    if western is not None and _looks_western(western):
        return western
    if best is not None and len(candidates) == 1 and best.encoding.startswith(_MULTI_BYTE):
        return _try(data, best.encoding)
    return None


def _looks_western(text: str) -> bool:
    return all(char in _WESTERN for char in text if char > "\x7f") and not _MOJIBAKE.search(text)
