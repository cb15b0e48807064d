"""Authorities for tests."""

from __future__ import annotations

import time

from emulator.tls.authority import Authority, create
from emulator.tls.names import names_to_serve

NOW = time.time()
"""Handshakes look at the machine's clock."""
YEAR = 365 * 86400


def authority(*further: str, now: float = NOW) -> Authority:
    """A new one for WeChat's names, this machine's and further ones."""
    return create(names_to_serve(further), now)
