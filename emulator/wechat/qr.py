"""QR codes that a phone can scan, drawn by segno."""

from __future__ import annotations

from io import BytesIO

from ..core.call import Call
from ..world.world import DEFAULT, WorldView

_PIXELS = 6
"""Of each side of a square."""


def scan_url(world: WorldView, call: Call, uuid: str) -> str:
    """Where the code leads: to this emulator, by the name by which the page was reached."""
    scheme, host = "https" if call.secure else "http", call.headers.get("Host", "localhost")
    folder = "" if world.name == DEFAULT else f"/w/{world.name}"
    return f"{scheme}://{host}{folder}/connect/confirm?uuid={uuid}"


def picture(text: str) -> bytes:
    """A PNG of the text's code."""
    import segno  # only who looks at such a page needs it

    buffer = BytesIO()
    segno.make_qr(text, error="m").save(buffer, kind="png", scale=_PIXELS)
    return buffer.getvalue()
