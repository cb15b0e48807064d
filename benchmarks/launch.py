"""Starts the emulator's server alone."""

from __future__ import annotations

import asyncio
import sys

from emulator.server import Server
from emulator.settings import merge


async def _serve() -> None:
    server = Server(merge({"port": [0], "quiet": "--quiet" in sys.argv}))
    await server.start()
    print(f"wechat-emulator ready: {server.url}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
