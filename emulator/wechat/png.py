"""A picture in place of a mini program code: a real PNG, but nothing that WeChat could scan."""

from __future__ import annotations

from hashlib import blake2b
from struct import pack
from zlib import compress, crc32

_CELLS = 16


def picture(of: str, width: int) -> bytes:
    """A square PNG of so many pixels, in black and white, with a pattern that this text alone has.

    So a test can compare two pictures, and an image library can open each.
    """
    pattern = blake2b(of.encode(), digest_size=_CELLS * _CELLS // 8).digest()
    rows = [_row(pattern[2 * y : 2 * y + 2], width) for y in range(_CELLS)]
    pixels = b"".join(rows[y * _CELLS // width] for y in range(width))
    head = pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)  # one bit a pixel, grey
    parts = ((b"IHDR", head), (b"IDAT", compress(pixels)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _row(cells: bytes, width: int) -> bytes:
    """One line of pixels: a filter byte, then sixteen cells stretched over the width."""
    bits = int.from_bytes(cells)
    line = 0
    for x in range(width):
        line = line << 1 | bits >> (_CELLS - 1 - x * _CELLS // width) & 1
    size = (width + 7) // 8
    return b"\0" + (line << size * 8 - width).to_bytes(size)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))
