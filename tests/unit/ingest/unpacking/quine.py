"""An archive whose only member is itself.

Source: Russ Cox, "Zip Files All The Way Down", 2010. The stream is a program of two instructions:
L(n) prints the n bytes that follow, R(n) repeats the last n that were printed. The checksum, which
stands inside what it sums up, is the solution of 32 linear equations.
"""

from __future__ import annotations

import struct
import zlib

# So long that the first R takes five bytes, as every other instruction does.
NAME = "an-archive-that-has-itself.zip"


def quine() -> bytes:
    return _archive(_fitting_checksum())


def _archive(checksum: int) -> bytes:
    sizes = struct.pack("<II", 0, 0)
    for _ in range(2):
        common = struct.pack("<HHHHHI", 20, 0, 8, 0, 0x58A6, checksum) + sizes
        head = b"PK\3\4" + common + struct.pack("<HH", len(NAME), 0) + NAME.encode()
        # The end needs the length of the stream, which is the same for any end of this length.
        stream = _stream(head, bytes(46 + len(NAME) + 22))
        directory = b"PK\1\2\x14\0" + common + struct.pack("<HHHHHII", len(NAME), 0, 0, 0, 0, 0, 0)
        directory += NAME.encode()
        end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), len(head) + len(stream), 0)
        tail = directory + b"PK\5\6" + end
        stream = _stream(head, tail)
        sizes = struct.pack("<II", len(stream), len(head) + len(stream) + len(tail))
    return head + stream + tail


def _stream(head: bytes, tail: bytes) -> bytes:
    print_head, print_one, print_four, nothing = (
        _print(size) for size in (len(head) + 5, 5, 20, 0)
    )
    repeat_head, repeat_four = _repeat(len(head) + 5), _repeat(20)
    # It repeats itself as well, so its length counts in the distance, which hardly changes it.
    size = len(tail) + len(_repeat(len(tail), is_last=True))
    repeat_tail = _repeat(size, is_last=True)
    assert size == len(tail) + len(repeat_tail)
    print_tail = _print(size)
    return b"".join(
        (
            *(print_head, head, print_head, repeat_head),
            *(print_one, repeat_head, print_one, print_one),
            *(print_four, repeat_head, print_one, print_one, print_four, repeat_four),
            *(print_four, repeat_four, print_four, repeat_four, print_four, repeat_four),
            *(print_four, repeat_four, nothing, nothing, print_tail, repeat_four),
            *(nothing, nothing, print_tail, repeat_tail, tail, repeat_tail),
        )
    )


def _print(size: int) -> bytes:
    """A stored block, without its bytes."""
    return b"\0" + struct.pack("<HH", size, size ^ 0xFFFF)


def _repeat(size: int, *, is_last: bool = False) -> bytes:
    """A block of fixed Huffman codes that fills its bytes; only the last may leave bits over."""
    block = "110" if is_last else "010"
    lengths = [size // 2, size - size // 2] if size <= 20 or size > 114 else [size]
    bits = block + "".join(_length(length) + _distance(size) for length in lengths) + "0000000"
    if not is_last and len(bits) == 30:
        bits += "010" + "0000000"
    assert is_last or len(bits) == 40
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def _length(length: int) -> str:
    """Source: RFC 1951, 3.2.5 and 3.2.6; for lengths up to 114."""
    code, extra, base = 1, 0, 3
    while length >= base + (1 << extra):
        base += 1 << extra
        code += 1
        extra = max(0, (code - 1) // 4 - 1)
    return f"{code:07b}" + _low_bit_first(length - base, extra)


def _distance(distance: int) -> str:
    code, extra, base = 0, 0, 1
    while distance >= base + (1 << extra):
        base += 1 << extra
        code += 1
        extra = max(0, code // 2 - 1)
    return f"{code:05b}" + _low_bit_first(distance - base, extra)


def _low_bit_first(value: int, bits: int) -> str:
    return f"{value:0{bits}b}"[::-1] if bits else ""


def _fitting_checksum() -> int:
    """The x for which crc32(archive(x)) = x. As the sum is affine in x, it is Gauss's method that
    finds it: row i says which bits of x add up to bit i.
    """
    constant = zlib.crc32(_archive(0))
    columns = [zlib.crc32(_archive(1 << bit)) ^ constant ^ (1 << bit) for bit in range(32)]
    rows = [
        sum((columns[bit] >> row & 1) << bit for bit in range(32)) | (constant >> row & 1) << 32
        for row in range(32)
    ]
    for bit in range(32):
        pivot = next(row for row in range(bit, 32) if rows[row] >> bit & 1)
        rows[bit], rows[pivot] = rows[pivot], rows[bit]
        for row in range(32):
            if row != bit and rows[row] >> bit & 1:
                rows[row] ^= rows[bit]
    return sum((rows[bit] >> 32) << bit for bit in range(32))
