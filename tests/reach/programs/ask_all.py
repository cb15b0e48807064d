"""Asks each client for the URL, with its own name for NAME; what came of it, as JSON."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from urllib.request import urlopen

import aiohttp
import httpx
import requests

NODE_FETCH = """
fetch(process.argv[1]).then((answer) => answer.text()).then(console.log)
  .catch((error) => console.log(error.cause?.code ?? error.name));
"""
NODE_HTTPS = """
const fail = (error) => console.log(error.code);
const read = (answer) => answer.on("error", fail).resume();
require("https").get(process.argv[1], read).on("error", fail);
"""


async def by_aiohttp(url: str) -> None:
    async with aiohttp.ClientSession(trust_env=True) as session, session.get(url) as response:
        await response.text()


def by_curl(url: str) -> str:
    done = subprocess.run(["curl", "--silent", url], stdout=subprocess.PIPE, check=False)
    return f"exit {done.returncode}"


def by_node(script: str) -> Callable[[str], str]:
    def ask(url: str) -> str:
        command = ["node", "--no-warnings", "-e", script, url]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    return ask


CLIENTS: dict[str, Callable[[str], object]] = {
    "aiohttp": lambda url: asyncio.run(by_aiohttp(url)),
    "requests": lambda url: requests.get(url, timeout=10),
    "httpx": lambda url: httpx.get(url),
    "urllib": lambda url: urlopen(url, timeout=10).read(),  # noqa: S310  # the URL is the test's
    "curl": by_curl,
    "node's fetch": by_node(NODE_FETCH),
    "node's https": by_node(NODE_HTTPS),
}


def ask(client: str, url: str) -> str:
    try:
        return str(CLIENTS[client](url.replace("NAME", client.replace("'s ", ""))))
    except Exception as error:
        return type(error).__name__


print(json.dumps([[ask(client, url) for client in CLIENTS] for url in sys.argv[1:]]))
