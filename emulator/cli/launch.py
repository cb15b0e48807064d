"""Runs somebody's command so that its calls to WeChat come to an emulator."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ..core.hosts import WECHAT_HOSTS, covers, host_name
from ..tls import trust
from . import node, private_hosts

_LOCAL = ("localhost", "127.0.0.1", "::1")
_FORWARDED = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)
_TYPED = ("SIGINT", "SIGQUIT")


class NoCommandError(Exception):
    """The command cannot be run; `code` is what a shell would answer."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def variables(
    inherited: Mapping[str, str],
    *,
    folder: Path,
    pem: bytes,
    url: str,
    secured_url: str = "",
    proxy: str = "",
) -> dict[str, str]:
    """The command's environment: WeChat's hosts lead to `url` or `proxy`, and `pem` is trusted.

    With a proxy there is a `secured_url`, too, for clients that heed none. Without one the real
    names are taken to resolve here, so no other proxy may catch them.
    """
    kept = _without_other_roads(inherited, to_proxy=bool(proxy))
    trusted = trust.write(folder, pem, inherited)
    ours = {"WECHAT_API_BASE_URL": url, "WECHAT_EMULATOR_URL": url}
    if proxy:
        ours |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)
        ours["NODE_USE_ENV_PROXY"] = "1"
        ours |= node.variables(inherited, plain=url, secured=secured_url)
        trusted["JAVA_TOOL_OPTIONS"] = trust.java_options(
            trusted["JAVA_TOOL_OPTIONS"], _java_proxy(proxy)
        )
        direct = [*_LOCAL, *_without_wechat(inherited)]
    else:
        direct = [*_LOCAL, *_named(inherited), *WECHAT_HOSTS, str(urlsplit(url).hostname)]
    ours |= dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(dict.fromkeys(direct)))
    return {**kept, **trusted, **ours}


def hosts_file(address: str, before: str) -> str:
    """The text of a hosts file in which WeChat's names are the address."""
    kept = [
        line
        for line in before.splitlines()
        if not set(map(host_name, line.partition("#")[0].split()[1:])) & set(WECHAT_HOSTS)
    ]
    return "\n".join([*kept, f"{address} {' '.join(WECHAT_HOSTS)}", ""])


def with_hosts(path: Path, command: Sequence[str]) -> list[str]:
    """The command that runs `command` with this file as its /etc/hosts."""
    return [sys.executable, "-I", "-S", str(private_hosts.__file__), str(path), *command]


async def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run to the end, pass signals on, and give the exit code a shell would (128 + n)."""
    pending: list[int] = []
    process: asyncio.subprocess.Process | None = None

    def forward(number: int) -> None:
        if process is None:
            pending.append(number)
        elif not (signal.Signals(number).name in _TYPED and _at_the_terminal()):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)

    with _handling(forward):
        process = await _start(command, environment)
        for number in pending:
            forward(number)
        code = await process.wait()
    return 128 - code if code < 0 else code


async def _start(
    command: Sequence[str], environment: Mapping[str, str]
) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(*command, env=dict(environment))
    except FileNotFoundError:
        raise NoCommandError(f"no such command: {command[0]}", 127) from None
    except OSError as error:
        raise NoCommandError(f"cannot run {command[0]}: {error.strerror}", 126) from None


@contextlib.contextmanager
def _handling(handle: Callable[[int], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in _FORWARDED:
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, handle, number)
    try:
        yield
    finally:
        for number in _FORWARDED:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)


def _at_the_terminal() -> bool:
    """Whether Ctrl-C reaches the command by itself: the terminal signals the whole group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _without_other_roads(inherited: Mapping[str, str], *, to_proxy: bool) -> dict[str, str]:
    """Without what would lead past us: a proxy for all protocols, another emulator's Node road."""
    others = {node.TARGETS}
    if to_proxy:
        others |= {"ALL_PROXY", "all_proxy"}
    return {name: value for name, value in inherited.items() if name not in others}


def _java_proxy(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    properties = {"http.nonProxyHosts": "localhost|127.*|[::1]"}
    for scheme in ("http", "https"):
        properties[f"{scheme}.proxyHost"] = str(parts.hostname)
        properties[f"{scheme}.proxyPort"] = str(parts.port)
    return properties


def _named(inherited: Mapping[str, str]) -> list[str]:
    text = inherited.get("no_proxy") or inherited.get("NO_PROXY") or ""
    return [name for part in text.split(",") if (name := part.strip())]


def _without_wechat(inherited: Mapping[str, str]) -> list[str]:
    """The caller's exceptions, but for one that would lead past us to the real WeChat."""
    return [
        name
        for name in _named(inherited)
        if name != "*" and not any(_exempts(host_name(name), host) for host in WECHAT_HOSTS)
    ]


def _exempts(name: str, host: str) -> bool:
    return covers([name, "." + name.lstrip("*."), name.lstrip("*.")], host)
