"""A page of another site gets nothing from the emulator, and leaves nothing but a note."""

from __future__ import annotations

import pytest

from emulator.control import PREFIX
from tests.support import Harness, StartEmulator, jscode2session, parted, request

FOREIGN = "Origin: http://evil.com"
CROSS = "Sec-Fetch-Site: cross-site"
PICTURE = (CROSS, "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image")
VISIT = (CROSS, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
PATHS = [jscode2session(js_code="emu.alice"), "/cgi-bin/token", "/sns/nowhere", "/nowhere", "/"]


@pytest.mark.parametrize("head", [(FOREIGN,), (CROSS,), PICTURE, VISIT])
@pytest.mark.parametrize("target", PATHS)
async def test_a_foreign_page_is_refused_and_makes_no_world(
    emulator: Harness, target: str, head: tuple[str, ...]
) -> None:
    for base in ("", "/w/other"):
        answer = await emulator.send(request(base + target, "GET", *head))
        assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        assert b"X-Emulator-Hint: a browser sent this for a page of " in answer
        assert b"Access-Control" not in answer
    assert emulator.server.worlds.names() == ["default"]


async def test_where_there_is_a_world_it_is_an_entry_and_a_line(
    start_emulator: StartEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = await start_emulator(quiet=True, log="text")
    await emulator.send(request("/cgi-bin/token?a=1", "POST", FOREIGN, body=b"{}"))
    entry = await emulator.latest()
    await emulator.server.stop()
    hint = (
        "a browser sent this for a page of 'http://evil.com', and no such page may call the "
        "emulator: WeChat's API is for backends"
    )
    assert (entry["endpoint"], entry["answer"]["status"], entry["hint"]) == ("", 403, hint)
    assert (entry["path"], entry["query"], entry["errcode"]) == ("/cgi-bin/token", "a=1", None)
    assert f"POST /cgi-bin/token -> 403: {hint}\n" in capsys.readouterr().err


async def test_a_code_is_not_spent_by_a_foreign_page(emulator: Harness) -> None:
    code = await emulator.login()
    await emulator.send(request(jscode2session(js_code=code), "GET", CROSS))
    assert "session_key" in await emulator.exchange(code)


async def test_what_the_page_itself_and_a_program_send_is_answered(emulator: Harness) -> None:
    own = "Origin: http://localhost"
    for head in ([], [own], ["Sec-Fetch-Mode: cors"], ["Sec-Fetch-Site: same-origin", own]):
        answer = await emulator.send(request("/w/other/cgi-bin/token", "GET", *head))
        assert b"41002" in answer


@pytest.mark.parametrize("path", ["/connect/qrconnect", "/mmopen/1"])
async def test_a_picture_on_another_page_makes_no_world(emulator: Harness, path: str) -> None:
    answer = await emulator.send(request(f"/w/other{path}", "GET", *PICTURE))
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"makes no world" in answer
    assert emulator.server.worlds.names() == ["default"]
    answer = await emulator.send(request(path, "GET", *PICTURE))
    assert not answer.startswith(b"HTTP/1.1 403 ")
    await emulator.send(request(f"/w/other{path}", "GET", *VISIT))
    assert emulator.server.worlds.names() == ["default", "other"]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (("Authorization: Bearer right", FOREIGN), 403),
        (("Authorization: Bearer right", "Host: evil.com"), 421),
        (("Authorization: Bearer wrong",), 401),
        ((), 401),
    ],
)
async def test_a_refused_control_call_makes_no_world(
    start_emulator: StartEmulator, head: tuple[str, ...], status: int
) -> None:
    emulator = await start_emulator(control_token="right")
    lines = [f"POST /w/other{PREFIX}reset HTTP/1.1", "Connection: close", *head]
    lines += [] if "Host: evil.com" in head else ["Host: localhost"]
    head_, body = parted(await emulator.send("\r\n".join([*lines, "", ""]).encode()))
    assert head_.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/problem+json" in head_
    assert b'"status":%d' % status in body
    assert emulator.server.worlds.names() == ["default"]
