"""Data that only the backend can open: measured inside the kernel, without a server."""

from __future__ import annotations

import asyncio
import time

from emulator.core.entities import App, User
from emulator.core.settings import Settings
from emulator.wechat import sessions, userdata
from emulator.worlds import Worlds

from ..calls import APPID
from ..harness import Run, show
from . import measurement


@measurement
def encryption(run: Run) -> None:
    """getUserInfo objects a second, encrypted and signed, through the kernel on one core."""
    count = run.size(20_000, 200)
    rates = [asyncio.run(_seal(count)) for _ in range(run.rounds)]
    show("getUserInfo objects/s", rates, "at least 20,000")


async def _seal(count: int) -> float:
    world = (await Worlds(Settings()).open()).world
    app, user = App(APPID, open_platform="acme"), User("alice", nickname="小艾🦄")
    view = world.view
    session = sessions.log_in(view, app.appid, user, 0.0)
    started = time.perf_counter()
    for _ in range(count):
        userdata.user_info(view, app, user, session, world.clock.now())
    return count / (time.perf_counter() - started)
