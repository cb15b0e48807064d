"""Host names are compared in one form, however they are written."""

from __future__ import annotations

import pytest

from emulator.core.hosts import covers, host_name, is_address, is_loopback, split_host


@pytest.mark.parametrize(
    ("address", "name", "port"),
    [
        ("API.weixin.qq.com.:443", "api.weixin.qq.com", "443"),
        ("LocalHost.", "localhost", ""),
        ("[::1]:80", "::1", "80"),
        ("[FE80::1%eth0]", "fe80::1%eth0", ""),
        ("::1", "::1", ""),
        ("*.Example.COM.", "*.example.com", ""),
        ("evil.com..", "evil.com.", ""),
        ("", "", ""),
    ],
)
def test_an_address_is_a_name_and_a_port(address: str, name: str, port: str) -> None:
    assert split_host(address) == (name, port)
    assert host_name(address) == name


@pytest.mark.parametrize("name", [".example.com", "*.example.com"])
@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("a.example.com", True),
        ("a.b.example.com", True),
        ("example.com", False),
        ("badexample.com", False),
        ("example.com.evil.com", False),
    ],
)
def test_a_name_with_a_star_or_a_dot_is_for_all_below_it(
    name: str, host: str, covered: bool
) -> None:
    assert covers([name], host) is covered


def test_any_other_name_is_for_itself() -> None:
    assert covers(["other", "example.com"], "example.com")
    assert not covers(["example.com"], "a.example.com")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("127.0.0.1", True), ("::1", True), ("fe80::1%eth0", True), ("localhost", False), ("", False)],
)
def test_an_address_is_no_name(name: str, is_one: bool) -> None:
    assert is_address(name) is is_one


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("0.0.0.0", False),  # noqa: S104  # compared, not bound
        ("::", False),
        ("10.0.0.7", False),
        ("fe80::1%eth0", False),
        ("box.example", False),
    ],
)
def test_the_loopback_is_known(host: str, is_ours: bool) -> None:
    assert is_loopback(host) == is_ours
