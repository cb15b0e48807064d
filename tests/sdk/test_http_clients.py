"""What programs without an SDK use: requests, httpx, aiohttp, urllib and curl."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from urllib.request import urlopen

import aiohttp
import httpx
import pytest
import requests
from msgspec import json

from emulator.testing.emulator import Emulator
from tests.support import jscode2session


def by_requests(url: str) -> object:
    return requests.get(url, timeout=10).json()


def by_httpx(url: str) -> object:
    return httpx.get(url, trust_env=False).json()


def by_urllib(url: str) -> object:
    with urlopen(url, timeout=10) as response:  # noqa: S310  # our own address
        return json.decode(response.read())


def by_curl(url: str) -> object:
    curl = ["curl", "--silent", "--fail", "--noproxy", "*", url]
    return json.decode(subprocess.run(curl, check=True, capture_output=True).stdout)


CLIENTS = [by_requests, by_httpx, by_urllib]
if shutil.which("curl"):
    CLIENTS.append(by_curl)


@pytest.mark.parametrize("get", CLIENTS)
def test_a_user_logs_in_once(wechat: Emulator, get: Callable[[str], dict[str, object]]) -> None:
    url = wechat.url + jscode2session(js_code=wechat.login())
    assert list(get(url)) == ["session_key", "openid"]
    assert get(url)["errcode"] == 40163


def test_one_connection_serves_many_logins(wechat: Emulator) -> None:
    with requests.Session() as session:
        for _ in range(5):
            answer = session.get(wechat.url + jscode2session(js_code=wechat.login()), timeout=10)
            assert answer.headers["Connection"] == "keep-alive"
            assert answer.encoding == "ISO-8859-1", "what a missing charset means to requests"


async def test_aiohttp_refuses_text_plain_as_it_does_in_production(wechat: Emulator) -> None:
    url = wechat.url + jscode2session(js_code=wechat.login())
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        with pytest.raises(aiohttp.ContentTypeError, match="text/plain"):
            await response.json()
        assert "openid" in await response.json(content_type=None)
