"""WeChat's host names, and how host names are compared."""

from __future__ import annotations

from collections.abc import Iterable

WECHAT_HOSTS = (
    "api.weixin.qq.com",
    "api2.weixin.qq.com",
    "sh.api.weixin.qq.com",
    "sz.api.weixin.qq.com",
    "hk.api.weixin.qq.com",
    "open.weixin.qq.com",
)


def split_host(address: str) -> tuple[str, str]:
    """`api.weixin.qq.com.:443` or `[::1]:80` as a lower-case name and the port's text."""
    if address.startswith("["):
        name, _, port = address[1:].partition("]")
        return name.lower(), port.removeprefix(":")
    name, _, port = address.partition(":")
    return name.rstrip(".").lower(), port


def covers(names: Iterable[str], host: str) -> bool:
    """Whether the host is one of the names, or a subdomain of a name that starts with a dot."""
    return any(host == name or (name.startswith(".") and host.endswith(name)) for name in names)
