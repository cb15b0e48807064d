"""The picture that stands for a mini program code."""

from __future__ import annotations

from struct import unpack
from zlib import crc32, decompress

import pytest

from emulator.wechat.png import picture


def chunks(png: bytes) -> dict[bytes, bytes]:
    """The chunks of a PNG, each checked as a reader checks it."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    found, at = {}, 8
    while at < len(png):
        [size] = unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        [check] = unpack(">I", png[at + 8 + size : at + 12 + size])
        assert check == crc32(kind + data)
        found[kind] = data
        at += 12 + size
    return found


@pytest.mark.parametrize("width", [280, 430, 1280])
def test_it_is_a_whole_png_of_the_width(width: int) -> None:
    found = chunks(picture("pages/index", width))
    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    assert unpack(">II5B", found[b"IHDR"]) == (width, width, 1, 0, 0, 0, 0)
    assert len(decompress(found[b"IDAT"])) == width * (1 + (width + 7) // 8)


def test_it_is_another_one_for_another_text() -> None:
    assert picture("a", 280) == picture("a", 280) != picture("b", 280)
    assert len(picture("a", 1280)) < 10_000
