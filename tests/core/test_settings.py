"""Settings: defaults < environment < flags, and plain words about what does not fit."""

from __future__ import annotations

import os

import pytest

from emulator.core.settings import (
    Settings,
    SettingsError,
    all_settings,
    local_url,
    read_settings,
    temporary_variable,
    unknown_variables,
)


def test_without_flags_and_variables_the_defaults_hold() -> None:
    assert read_settings({}, {}) == Settings()


def test_a_flag_beats_its_variable_and_a_variable_the_default() -> None:
    variables = {"WECHAT_EMULATOR_PORT": "9000", "WECHAT_EMULATOR_QUIET": "true"}
    settings = read_settings({"port": ("9001",), "host": ()}, variables)
    assert (settings.port, settings.quiet, settings.host) == ((9001,), True, ("127.0.0.1",))


@pytest.mark.parametrize("text", ["80,8480", "80 8480", " 80, 8480 ,", "80\n8480"])
def test_several_values_stand_between_commas_or_blanks(text: str) -> None:
    assert read_settings({}, {"WECHAT_EMULATOR_PORT": text}).port == (80, 8480)


def test_what_an_env_file_leaves_around_a_value_is_no_part_of_it() -> None:
    text = {"LOG": "json\r", "CA_DIR": " /ca\t\r\n", "PORT": "80\r", "CONTROL_TOKEN": "sesame\r"}
    settings = read_settings({}, {f"WECHAT_EMULATOR_{name}": value for name, value in text.items()})
    assert (settings.log, settings.ca_dir) == ("json", "/ca")
    assert (settings.port, settings.control_token) == ((80,), "sesame")


def test_a_scenario_in_a_variable_keeps_its_blanks() -> None:
    text = "  version: 1\r\n  users: []\r\n"
    variables = {"WECHAT_EMULATOR_SCENARIO_INLINE": text}
    assert read_settings({}, variables).scenario_inline == text


@pytest.mark.parametrize("text", ["", " ", ",", "tcp://10.0.0.1:8480"])
def test_a_variable_that_says_nothing_is_not_set(text: str) -> None:
    assert read_settings({}, {"WECHAT_EMULATOR_PORT": text}).port == (8480,)


def test_a_switch_can_be_turned_off_again_by_its_variable() -> None:
    assert read_settings({}, {"WECHAT_EMULATOR_QUIET": "false"}).quiet is False


@pytest.mark.parametrize(
    ("flags", "variables", "message"),
    [
        ({"port": ("1", "x")}, {}, "--port: expected a whole number from 0 to 65535, got 'x'"),
        ({"port": ("1_000",)}, {}, "--port: expected a whole number from 0 to 65535, got '1_000'"),
        ({"port": ("８０",)}, {}, "--port: expected a whole number from 0 to 65535, got '８０'"),
        ({"max_worlds": " 5"}, {}, "--max-worlds: expected a whole number of at least 1, got ' 5'"),
        ({"max_worlds": "0"}, {}, "--max-worlds: expected a whole number of at least 1, got '0'"),
        ({"log": "xml"}, {}, "--log: expected json or off or text, got 'xml'"),
        ({"host": ("",)}, {}, "--host: expected some text, got ''"),
        ({"host": ("a\rb",)}, {}, "--host: expected no control characters, got 'a\\rb'"),
        (
            {},
            {"CA_DIR": "a\0b"},
            "WECHAT_EMULATOR_CA_DIR: expected no control characters, got 'a\\x00b'",
        ),
        (
            {"control_token": "gehéim \t"},
            {},
            "--control-token: expected no control characters, got one with 'é', ' ', '\\t'",
        ),
        (
            {},
            {"CONTROL_TOKEN": "gehéim"},
            "WECHAT_EMULATOR_CONTROL_TOKEN: expected printable ASCII without blanks, "
            "got one with 'é'",
        ),
        ({}, {"QUIET": "yes"}, "WECHAT_EMULATOR_QUIET: expected true or false, got 'yes'"),
    ],
)
def test_what_does_not_fit_is_blamed_on_where_it_came_from(
    flags: dict[str, object], variables: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(
            flags, {f"WECHAT_EMULATOR_{name}": value for name, value in variables.items()}
        )
    assert str(caught.value) == message


def test_every_setting_says_what_it_does() -> None:
    assert all(setting.description.endswith((".", ")")) for setting in all_settings())


def test_unknown_variables_are_found_but_not_those_of_kubernetes() -> None:
    names = ("PROT", "PORT", "URL", "SERVICE_HOST", "SERVICE_PORT_HTTP", "PORT_8480_TCP_ADDR")
    variables = {f"WECHAT_EMULATOR_{name}": "x" for name in names} | {"PATH": "x"}
    assert unknown_variables(variables) == ["WECHAT_EMULATOR_PROT"]


@pytest.mark.parametrize("before", [None, "/etc/ca.pem"])
def test_a_variable_set_for_a_block_is_put_back(
    before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if before:
        monkeypatch.setenv("SSL_CERT_FILE", before)
    with temporary_variable("SSL_CERT_FILE", ""):
        assert os.environ["SSL_CERT_FILE"] == ""
    assert os.environ.get("SSL_CERT_FILE") == before


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("::1", "http://[::1]:1"),
        ("::", "http://[::1]:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),  # noqa: S104  # only shown
        ("box.local", "http://box.local:1"),
    ],
)
def test_a_url_leads_to_the_server_on_this_machine(host: str, url: str) -> None:
    assert local_url(host, 1) == url
