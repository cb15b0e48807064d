"""The main job over HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import NamedTemporaryFile

from ..harness import BODY, Run, Side, compare, made_up_exchanges
from ..servers import bare, emulator
from . import measurement


@measurement
def secure_exchange(run: Run) -> None:
    """Fresh codes exchanged over HTTPS and keep-alive, against a bare aiohttp route over TLS."""
    with _leaf() as leaf:
        flags = ("--quiet", "--tls-port", "0", "--tls-cert", leaf)
        fixed = bare(BODY, "/sns/jscode2session", leaf)
        sides = (
            Side("bare", fixed, made_up_exchanges, tls=True),
            Side("emulator --quiet", emulator(*flags), tls=True),
        )
        seen = compare(run, *sides, count=run.size(20_000, 200), how=", TLS")
    seen.figures()
    seen.ratio("bare", "emulator --quiet", "at least 0.85")


@contextmanager
def _leaf() -> Iterator[str]:
    """A certificate with its key, the same for both sides."""
    import trustme  # slow to import, and no other measurement needs it

    with NamedTemporaryFile(suffix=".pem") as file:
        leaf = trustme.CA().issue_cert("api.weixin.qq.com")
        file.write(leaf.private_key_and_cert_chain_pem.bytes())
        file.flush()
        yield file.name
