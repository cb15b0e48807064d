"""`wechat-emulator decrypt` and `encrypt`, which need no server."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from msgspec import json

from emulator.cli.main import main
from tests.vectors import OFFICIAL

KEY = ["--session-key", OFFICIAL.session_key]
IV = ["--iv", OFFICIAL.iv]


def run(*args: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, args, input=stdin)


def test_the_plaintext_alone_is_printed() -> None:
    done = run("decrypt", *KEY, *IV, "--appid", OFFICIAL.appid, OFFICIAL.encrypted_data)
    assert (done.stdout, done.stderr, done.exit_code) == (OFFICIAL.plaintext + "\n", "", 0)


def test_the_phones_own_json_does_from_standard_input() -> None:
    answer = {"encryptedData": OFFICIAL.encrypted_data, "iv": OFFICIAL.iv}
    done = run("decrypt", *KEY, "-", stdin=json.encode(answer).decode())
    assert done.stdout == OFFICIAL.plaintext + "\n"


def test_problems_go_to_stderr_and_make_the_status_1() -> None:
    done = run("decrypt", *KEY, *IV, OFFICIAL.encrypted_data.replace("+", " "))
    assert done.stdout == OFFICIAL.plaintext + "\n"
    assert "its '+' were turned into blanks" in done.stderr
    assert done.exit_code == 1


def test_json_without_the_fields_is_bad_usage() -> None:
    done = run("decrypt", *KEY, '{"iv": ""}')
    assert "must hold 'encryptedData' and 'iv'" in done.stderr
    assert done.exit_code == 2


def test_what_encrypt_makes_decrypt_reads() -> None:
    done = run("encrypt", *KEY, OFFICIAL.plaintext)
    assert run("decrypt", *KEY, "-", stdin=done.stdout).stdout == OFFICIAL.plaintext + "\n"


def test_encrypt_makes_wechats_own_bytes() -> None:
    done = run("encrypt", *KEY, *IV, "-", stdin=OFFICIAL.plaintext + "\n")
    answer = json.decode(done.stdout)
    assert answer["encryptedData"] == OFFICIAL.encrypted_data
    assert answer["iv"] == OFFICIAL.iv


def test_data_may_start_with_a_minus_and_follow_a_double_one() -> None:
    done = run("encrypt", *KEY, "--", "-1")
    assert run("decrypt", *KEY, "-", stdin=done.stdout).stdout == "-1\n"
    done = run("decrypt", *KEY, *IV, "--", OFFICIAL.encrypted_data)
    assert done.stdout == OFFICIAL.plaintext + "\n"


@pytest.mark.parametrize("key", ["AAAA", "~"])
def test_a_key_that_is_not_16_bytes_is_refused(key: str) -> None:
    done = run("encrypt", "--session-key", key, "{}")
    assert f"--session-key: expected 16 bytes in base64, got **** of {len(key)}" in done.stderr
    assert done.exit_code == 2


def test_data_may_begin_like_a_flag() -> None:
    done = run("decrypt", *KEY, *IV, "-hAAAAAAAAAAAAAAAAAAAA")
    assert done.exit_code == 1
    assert "encryptedData" in done.stderr
