"""Which rules `exec` names at its end: those that nothing met in any world."""

from __future__ import annotations

from emulator.cli.idle_rules import complaint
from tests.support import StartEmulator

SCENARIO = """
version: 1
rules:
  - {name: login, on: jscode2session, then: {delay: 1ms}}
  - {name: token, on: token, then: {delay: 1ms}}
"""


async def test_what_one_world_met_is_not_named_for_another(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator(scenario_inline=SCENARIO)
    worlds = emulator.server.worlds
    assert await complaint(worlds) == "warning: no call matched the rules login, token"
    await emulator.exchange("emu.alice", world="a")
    assert await complaint(worlds) == "warning: no call matched the rules token"
    await emulator.fetch_token()
    assert await complaint(worlds) == ""


async def test_without_rules_there_is_nothing_to_say(start_emulator: StartEmulator) -> None:
    emulator = await start_emulator()
    assert await complaint(emulator.server.worlds) == ""
