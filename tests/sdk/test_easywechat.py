"""EasyWeChat for Node goes through WeChat's whole login tutorial, told nothing but the base URL."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec import json

from emulator.testing.emulator import Emulator
from emulator.wechat.decrypt_diagnosis import open_sealed
from tests.docs.toolbox import node_modules
from tests.support import APPID, SECRET
from tests.vectors import OFFICIAL

TUTORIAL = Path(__file__).with_name("tutorial.cjs")
ENCRYPT = """
const { AES } = require(process.argv[1] + '/dist/Core/Support/AES');
const { text, key, iv } = JSON.parse(process.argv[2]);
const from = (text) => Buffer.from(text, 'base64');
console.log(AES.encrypt(text, from(key), from(iv), true, 'aes-128-cbc').toString('base64'));
"""


@pytest.fixture(scope="module")
def easywechat() -> Path:
    return node_modules() / "node-easywechat"


def node(folder: Path, *args: str) -> str:
    """What a Node program prints that runs in the folder, where EasyWeChat keeps its tokens."""
    # axios would take the emulator's own address to a proxy, too
    environment = os.environ | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        ["node", *args], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("stable", [False, True], ids=["token", "stable_token"])
def test_the_whole_tutorial(
    wechat_emulator: Emulator, easywechat: Path, tmp_path: Path, stable: bool
) -> None:
    client = wechat_emulator.client
    client.put_app(APPID, secret=SECRET, open_platform="acme")
    client.put_user("alice", phone="13800138000")
    plan = {"url": wechat_emulator.url, "appid": APPID, "secret": SECRET, "stable": stable}
    printed = node(tmp_path, str(TUTORIAL), str(easywechat), _text(plan))
    seen: dict[str, Any] = json.decode(printed)
    assert set(seen["session"]) == {"session_key", "openid", "unionid"}
    assert seen["profile"]["nickName"] == "微信用户"
    assert seen["profile"]["watermark"]["appid"] == APPID
    assert seen["signed"] is True
    assert seen["phone"]["purePhoneNumber"] == "13800138000"
    assert seen["bought"]["phone_info"]["phoneNumber"] == "13800138000"
    assert seen["checked"] == {"errcode": 0, "errmsg": "ok"}
    wechat_emulator.assert_called("stable_token" if stable else "token", times=1)


def test_what_it_encrypts_we_decrypt(easywechat: Path, tmp_path: Path) -> None:
    key, iv = OFFICIAL.session_key, OFFICIAL.iv
    data = {"text": OFFICIAL.plaintext, "key": key, "iv": iv}
    sealed = node(tmp_path, "-e", ENCRYPT, str(easywechat), _text(data)).strip()
    assert sealed == OFFICIAL.encrypted_data
    assert open_sealed(sealed, key, iv, OFFICIAL.appid).plaintext == OFFICIAL.plaintext


def _text(value: Any) -> str:
    return json.encode(value).decode()
