"""WeChat's host names, and how host names are compared."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import ip_address

WECHAT_HOSTS = (
    "api.weixin.qq.com",
    "api2.weixin.qq.com",
    "sh.api.weixin.qq.com",
    "sz.api.weixin.qq.com",
    "hk.api.weixin.qq.com",
    "open.weixin.qq.com",
    # The login page's poll, the script that frames it, and pictures of users.
    "lp.open.weixin.qq.com",
    "long.open.weixin.qq.com",
    "res.wx.qq.com",
    "thirdwx.qlogo.cn",
    "wx.qlogo.cn",
)


def split_host(address: str) -> tuple[str, str]:
    """The name in the form in which names are compared, and the text of the port.

    It reads `API.weixin.qq.com.:443`, `[::1]:80` and `::1`.
    """
    if address.startswith("["):
        name, _, port = address[1:].partition("]")
        port = port.removeprefix(":")
    elif address.count(":") > 1:  # an IPv6 address, which needs no brackets where no port is
        name, port = address, ""
    else:
        name, _, port = address.partition(":")
    return name.removesuffix(".").lower(), port


def host_name(address: str) -> str:
    """The name alone, in the form in which names are compared."""
    return split_host(address)[0]


def covers(names: Iterable[str], host: str) -> bool:
    """Whether the host is one of the names, or lies below one such as `.name` or `*.name`."""
    return any(
        host == name or (name.startswith((".", "*.")) and host.endswith(name.removeprefix("*")))
        for name in names
    )


def is_address(name: str) -> bool:
    """Whether it is an IP address, perhaps with a zone, and no name."""
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether only programs of this machine reach a server that listens there."""
    if not is_address(name):
        return covers(("localhost", ".localhost"), host_name(name))
    return ip_address(name.partition("%")[0]).is_loopback


def own_name() -> str:
    """What this machine calls itself."""
    return host_name(socket.gethostname())
