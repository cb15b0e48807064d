"""Why data does not decrypt: every way people spoil it, told apart."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.wechat import crypto
from emulator.wechat.decrypt_diagnosis import open_sealed
from tests.vectors import OFFICIAL, SENPARC

KEY, IV, DATA = OFFICIAL.session_key, OFFICIAL.iv, OFFICIAL.encrypted_data
RAW_KEY, RAW_IV, RAW = b64decode(KEY), b64decode(IV), b64decode(DATA)


def raw_sealed(plaintext: bytes) -> str:
    """Bytes of whole blocks under the official key, with no padding put on."""
    return b64encode(crypto.encrypt(plaintext, RAW_KEY, RAW_IV)[: len(plaintext)]).decode()


def padded(size: int) -> str:
    """The official plaintext, padded by another program."""
    text = OFFICIAL.plaintext.encode()
    lacking = -len(text) % size
    return raw_sealed(text + bytes([lacking]) * lacking)


def folded(end: str) -> str:
    """The official data in lines of 76 characters, as MIME has them."""
    return end.join(DATA[i : i + 76] for i in range(0, len(DATA), 76))


def test_good_data_has_no_problem() -> None:
    opened = open_sealed(DATA, KEY, IV, OFFICIAL.appid)
    assert opened.plaintext == OFFICIAL.plaintext
    assert opened.data["nickName"] == "Band"
    assert opened.problems == ()


@pytest.mark.parametrize(
    ("data", "key", "iv", "said"),
    [
        (DATA.replace("+", " "), KEY, IV, "encryptedData: its '+' were turned into blanks"),
        (DATA.replace("/", "\\/"), KEY, IV, "encryptedData: its '/' are still escaped"),
        (DATA.replace("+", "%2B"), KEY, IV, "encryptedData: it is still URL-encoded"),
        (DATA.replace("+", "-"), KEY, IV, "encryptedData: '-' stands for '+'"),
        (DATA.replace("/", "_"), KEY, IV, "encryptedData: '_' stands for '/'"),
        (DATA, KEY.rstrip("="), IV, "session_key: its '=' at the end are gone"),
        (DATA, KEY, IV.rstrip("="), "iv: its '=' at the end are gone"),
        (folded("\r\n"), KEY, IV, "encryptedData: it is folded into lines"),
        (folded("\\r\\n"), KEY, IV, "encryptedData: it is folded into lines"),
        (folded("\\n"), KEY, IV, "encryptedData: it is folded into lines"),
        (f'"{DATA}"', KEY, IV, "encryptedData: it stands in quotes: it is still JSON"),
        (f"'{DATA}'", KEY, IV, "encryptedData: it stands in quotes: take them off"),
        (DATA, f'\\"{KEY}\\"', IV, "session_key: it stands in quotes"),
        (DATA.replace("+", "%252B"), KEY, IV, "encryptedData: it is URL-encoded twice"),
        (DATA, IV, KEY, "session_key and iv are swapped"),
    ],
)
def test_damage_is_undone_and_told(data: str, key: str, iv: str, said: str) -> None:
    opened = open_sealed(data, key, iv)
    assert opened.plaintext == OFFICIAL.plaintext
    assert [problem[: len(said)] for problem in opened.problems] == [said]


@pytest.mark.parametrize(
    ("data", "key", "iv", "said"),
    [
        (DATA, SENPARC.session_key, IV, "session_key: it is not the key"),
        (DATA, KEY, SENPARC.iv, "iv: it is another call's"),
        (
            DATA[:255],
            KEY,
            IV,
            "encryptedData: expected a multiple of 16 bytes, got 191: it was cut"
            "; it has exactly 255 characters, as a column VARCHAR(255) leaves of it",
        ),
        (
            DATA[:256],
            KEY,
            IV,
            "encryptedData ends without padding: it was cut at a border between "
            "two blocks; it has exactly 256 characters, as a column VARCHAR(256) leaves of it",
        ),
        (DATA[:-20], KEY, IV, "encryptedData: expected a multiple of 16 bytes, got 387"),
        (b64encode(RAW[:-16]).decode(), KEY, IV, "encryptedData ends without padding: it was cut"),
        (padded(32), KEY, IV, "encryptedData is padded with blocks of 32"),
        (raw_sealed(b'{"a":"0123456789"}' + bytes(14)), KEY, IV, "encryptedData is padded with z"),
        (DATA, KEY + KEY, IV, "session_key is not base64"),
        (DATA, "0" * 32, IV, "session_key: expected 24 characters"),
        (DATA, KEY, "AAAA", "iv: expected 24 characters of base64 that stand for 16 bytes, got 3"),
        ("!", KEY, IV, "encryptedData"),
        ("", KEY, IV, "encryptedData is empty"),
        (DATA, "", IV, "session_key is empty"),
    ],
)
def test_what_stays_shut_says_why(data: str, key: str, iv: str, said: str) -> None:
    opened = open_sealed(data, key, iv)
    assert opened.data is None
    assert opened.problems[-1].startswith(said)


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_lost_end_sign_is_told_only_where_nothing_else_is_lost(cut: int) -> None:
    said = " ".join(open_sealed(DATA[:-cut], KEY, IV).problems)
    assert ("'=' at the end are gone" in said) == (cut <= 2)


@pytest.mark.parametrize("iv", ["+BXXKkLb8qrSNn05n0qi+Q==", "r7BXXKkLb8qrSNn05n0qiA=="])
def test_a_plus_at_an_end_became_a_blank_there(iv: str) -> None:
    data = crypto.seal(OFFICIAL.plaintext.encode(), KEY, b64decode(iv))
    for sent in (iv.replace("+", " "), f" {iv} ", f"{iv}\n"):
        assert open_sealed(data, KEY, sent).plaintext == OFFICIAL.plaintext


def test_the_watermark_of_another_app_is_told() -> None:
    opened = open_sealed(DATA, KEY, IV, SENPARC.appid)
    assert opened.data["watermark"]["appid"] == OFFICIAL.appid
    assert opened.problems == (
        f"the watermark names {OFFICIAL.appid}, expected {SENPARC.appid}: "
        "the data is of another app's user",
    )


def test_data_without_a_watermark_is_not_wechats() -> None:
    [problem] = open_sealed(crypto.seal(b"[1]", KEY, RAW_IV), KEY, IV).problems
    assert problem.startswith("there is no watermark")


@settings(deadline=None)
@given(st.text(), st.text(), st.text(), st.text(max_size=3))
def test_nothing_anybody_sends_breaks_it(data: str, key: str, iv: str, appid: str) -> None:
    assert open_sealed(data, key, iv, appid).problems


@settings(deadline=None)
@given(st.binary(min_size=16, max_size=16))
def test_a_wrong_key_is_always_told(key: bytes) -> None:
    opened = open_sealed(DATA, b64encode(key).decode(), IV)
    assert opened.problems[0].startswith("session_key: ")
