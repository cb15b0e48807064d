"""The names a certificate is for, and those an authority may vouch for (RFC 5280, 4.2.1.10)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from cryptography import x509

from ..core.hosts import WECHAT_HOSTS, covers, host_name, is_address, own_name

_HOST_NAME = re.compile(
    r"(?=.{1,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # left out, not bound
# What a CA may be for without harm if its key gets about: WeChat's domains, this machine, and
# addresses that are nobody's on the internet.
_HARMLESS = (
    *("qq.com", "qlogo.cn", "localhost"),
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
    *("::1/128", "fc00::/7", "fe80::/10"),
)


def names_to_serve(further: Iterable[str] = ()) -> list[str]:
    """Every host the leaf is for: WeChat's, this machine's, and further ones."""
    own = [own_name(), "localhost", "127.0.0.1", "::1"]
    names = dict.fromkeys([*WECHAT_HOSTS, *own, *map(host_name, further)])
    return [name for name in names if name not in _EVERY_ADDRESS and _is_usable(name)]


def alternative_names(names: Iterable[str]) -> x509.SubjectAlternativeName:
    """The names as a leaf has them."""
    return x509.SubjectAlternativeName(map(_general, names))


def constraints_for(names: Iterable[str]) -> x509.NameConstraints:
    """Permits these names, and what an authority may vouch for without harm; nothing else."""
    harmless = x509.NameConstraints([_subtree(each) for each in _HARMLESS], None)
    further = [_subtree(name) for name in names if not permits(harmless, name)]
    return x509.NameConstraints([*(harmless.permitted_subtrees or ()), *further], None)


def permits(constraints: x509.NameConstraints, name: str) -> bool:
    """Whether clients accept a leaf for this name from an authority with these constraints."""
    wanted = _general(name)
    permitted = [
        tree for tree in constraints.permitted_subtrees or () if isinstance(tree, type(wanted))
    ]
    excluded = constraints.excluded_subtrees or ()
    return (not permitted or any(_holds(tree, wanted) for tree in permitted)) and not any(
        _holds(tree, wanted) for tree in excluded
    )


def _holds(tree: x509.GeneralName, name: x509.GeneralName) -> bool:
    if isinstance(tree, x509.IPAddress) and isinstance(name, x509.IPAddress):
        return name.value in tree.value  # type: ignore[operator]  # a constraint has a network
    if isinstance(tree, x509.DNSName) and isinstance(name, x509.DNSName):
        top = tree.value.lower().removeprefix(".")
        return covers((top, f".{top}"), name.value)
    return False


def _general(name: str) -> x509.DNSName | x509.IPAddress:
    return x509.IPAddress(ip_address(name)) if is_address(name) else x509.DNSName(name)


def _subtree(name: str) -> x509.GeneralName:
    """A network, an address, or a name with all below it."""
    try:
        return x509.IPAddress(ip_network(name))
    except ValueError:
        return x509.DNSName(name.removeprefix("*."))


def _is_usable(name: str) -> bool:
    return is_address(name) or bool(_HOST_NAME.fullmatch(name))
