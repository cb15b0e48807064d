"""`dribble`: the body comes in pieces, as slowly as the world's clock goes."""

from __future__ import annotations

import pytest

from tests.rules.effects.raw import Connection
from tests.support import Harness, jscode2session, parted, request, scripted


async def test_each_piece_comes_when_the_clock_gets_there(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"dribble": {"over": "4s", "pieces": 3}})
    async with Connection(emulator.port) as connection:
        await connection.send(scripted())
        head, body = parted(await connection.receive())
        assert b"Content-Length: 83" in head
        assert len(body) == 27
        for size in (28, 28):
            await emulator.advance("2s")
            piece = await connection.receive()
            assert len(piece) == size
            body += piece
        assert body.endswith(b'"}')


async def test_all_pieces_come_when_the_clock_jumps_past_the_last(emulator: Harness) -> None:
    await emulator.freeze()
    await emulator.rule({"dribble": {"over": "4s", "pieces": 3}})
    async with Connection(emulator.port) as connection:
        await connection.send(scripted())
        await connection.receive()
        await emulator.advance("4s")
        assert (await connection.receive()).endswith(b'"}')


async def test_the_connection_stays_good(emulator: Harness) -> None:
    async with Connection(emulator.port) as connection:
        for _ in range(2):
            answer = await connection.ask(scripted("dribble-0s"))
            assert answer.endswith(b'"}')


async def test_a_body_shorter_than_the_pieces_comes_byte_by_byte(emulator: Harness) -> None:
    await emulator.rule({"body": "abc", "dribble": {"over": "0s", "pieces": 100}})
    async with Connection(emulator.port) as connection:
        assert parted(await connection.ask(scripted()))[1] == b"abc"


async def test_it_may_be_cut(emulator: Harness) -> None:
    await emulator.rule({"dribble": {"over": "0s", "pieces": 3}, "truncate": 9})
    async with Connection(emulator.port) as connection:
        assert len(parted(await connection.ask(scripted()))[1]) == 9


async def test_a_dropped_connection_stays_one(emulator: Harness) -> None:
    await emulator.rule({"dribble": "0s", "close": True})
    async with Connection(emulator.port) as connection:
        assert await connection.ask(scripted()) == b""


async def test_a_client_that_leaves_midway_disturbs_nothing(emulator: Harness) -> None:
    await emulator.freeze()
    code = await emulator.login(then={"dribble": {"over": "9s", "pieces": 3}})
    async with Connection(emulator.port) as connection:
        await connection.send(jscode2session(js_code=code))
        await connection.receive()
    await emulator.advance("9s")
    assert (await emulator.exchange(code))["errcode"] == 40163


@pytest.mark.parametrize("wrong", ["-1s", {"pieces": 1}, {"over": "soon"}])
async def test_what_is_no_dribble_is_refused(emulator: Harness, wrong: object) -> None:
    rule = {"on": "*", "then": {"dribble": wrong}}
    assert (await emulator.call_control("POST", "rules", rule))[0] == 422


async def test_what_has_no_body_comes_at_once(emulator: Harness) -> None:
    await emulator.rule({"dribble": {"over": "4s", "pieces": 3}})
    head, body = parted(await emulator.send(request(scripted(), "HEAD")))
    assert b"Content-Length: 83" in head
    assert body == b""
