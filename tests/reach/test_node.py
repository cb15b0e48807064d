"""`exec` and Node: its clients hardly heed a proxy, so its sockets are turned by a preload."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.cli import node
from emulator.testing.emulator import Emulator, running
from tests.docs.toolbox import node_modules
from tests.reach.support import EMULATOR, LOGIN_URL, PROGRAMS, clean, need, run

CLIENTS = (
    "fetch",
    "https",
    "own https.Agent",
    "http",
    "node-fetch",
    "undici",
    "axios",
    "axios past the proxy",
    "got",
    "ky",
    "superagent",
    "urllib",
    "a worker",
    "a bare socket",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of all clients, beside the packages it uses."""
    need("node")
    packages = PROGRAMS / "node" / "package.json"
    folder = tmp_path_factory.mktemp("node")
    (folder / "node_modules").symlink_to(node_modules(packages))
    shutil.copy(PROGRAMS / "node" / "clients.mjs", folder)
    return folder


@pytest.fixture(scope="module")
def answers(folder: Path) -> dict[str, str]:
    """What each client got."""
    done = run(*EMULATOR, "exec", "--strict", "--", "node", folder / "clients.mjs", LOGIN_URL)
    assert done.returncode == 0, done.stderr
    return dict(map(json.loads, done.stdout.splitlines()))


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_comes_here(client: str, answers: dict[str, str]) -> None:
    assert '"openid":"o' in answers[client]


def test_no_client_is_left_out(answers: dict[str, str]) -> None:
    assert tuple(answers) == CLIENTS


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    need("node")
    with running() as emulator:
        yield emulator


def preloaded(emulator: Emulator, code: str, **inherited: str) -> str:
    """What a script prints whose sockets come to the emulator, plain ones at least."""
    variables = node.variables(inherited, plain=emulator.url, secured="https://127.0.0.1:1")
    done = run("node", "-e", code, env=clean(**inherited | variables))
    assert done.returncode == 0, done.stderr
    return done.stdout


ALL_FORMS = """
const net = require("net");
const host = "api.weixin.qq.com";
const other = "API.Weixin.QQ.com.";
const forms = [[{host, port: 80}], [{host: other, port: "80"}], [80, host], ["80", other]];
for (const form of forms) {
  for (const make of [net.connect, (...args) => new net.Socket().connect(...args)]) {
    const socket = make(...form, () => { console.log(socket.remotePort); socket.end(); });
  }
}
"""


def test_a_socket_comes_here_however_its_target_is_written(emulator: Emulator) -> None:
    port = emulator.url.rpartition(":")[2]
    assert preloaded(emulator, ALL_FORMS).split() == [port] * 8


OTHERS = """
const net = require("net");
const server = net.createServer((socket) => socket.end()).listen(0, "127.0.0.1", () => {
  const {port} = server.address();
  const host = "127.0.0.1";
  const forms = [[{port}], [{port, host}], [port], [port, host], [String(port)]];
  let left = forms.length;
  for (const form of forms) {
    const socket = net.connect(...form, () => {
      console.log(socket.remotePort === port);
      socket.destroy();
      if (!--left) server.close();
    });
  }
}).on("error", (error) => console.log(error));
"""


def test_all_other_sockets_go_where_they_went(emulator: Emulator) -> None:
    assert preloaded(emulator, OTHERS).split() == ["true"] * 5
    code = 'try { require("net").connect(); } catch (error) { console.log(error.code); }'
    assert preloaded(emulator, code) == "ERR_MISSING_ARGS\n"
    code = 'require("net").connect("/no/such").on("error", (error) => console.log(error.code));'
    assert preloaded(emulator, code) == "ENOENT\n"


def test_what_node_options_held_is_kept(emulator: Emulator) -> None:
    assert (
        preloaded(emulator, "console.log(process.title)", NODE_OPTIONS="--title=mine") == "mine\n"
    )


@pytest.mark.parametrize("name", ["plain", "with blank", 'a "quote"', "back\\slash", "中文"])
def test_the_preloads_path_may_hold_anything(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    copy = tmp_path / name / node.PRELOAD.name
    copy.parent.mkdir()
    copy.write_text("console.log('read')")
    monkeypatch.setattr(node, "PRELOAD", copy)
    assert preloaded(emulator, "") == "read\n"


@pytest.mark.parametrize("targets", ["", "none", "null", "[]"])
def test_without_targets_the_preload_does_nothing(targets: str) -> None:
    need("node")
    code = 'require("net").connect(1, "127.0.0.1").on("error", (error) => console.log(error.code));'
    command = ["node", "--require", str(node.PRELOAD), "-e", code]
    environment = {**os.environ, node.TARGETS: targets}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
    assert done.stdout == "ECONNREFUSED\n", done.stderr
