"""The session_key's arithmetic against WeChat's own samples, and against itself for any data."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.wechat import crypto
from tests.vectors import DATA_SIGNATURES, OFFICIAL, SEALED, SESSION_SIGNATURES, Sealed

KEYS = st.binary(min_size=16, max_size=16)


@pytest.mark.parametrize("sealed", SEALED, ids=lambda sealed: sealed.appid)
def test_what_wechat_encrypted_is_decrypted_to_the_byte(sealed: Sealed) -> None:
    plaintext = crypto.decrypt(
        b64decode(sealed.encrypted_data), b64decode(sealed.session_key), b64decode(sealed.iv)
    )
    assert plaintext.decode() == sealed.plaintext
    assert sha256(plaintext).hexdigest() == sealed.plaintext_sha256


@pytest.mark.parametrize("sealed", SEALED, ids=lambda sealed: sealed.appid)
def test_the_same_plaintext_is_sealed_to_wechats_bytes(sealed: Sealed) -> None:
    ours = crypto.seal(sealed.plaintext.encode(), sealed.session_key, b64decode(sealed.iv))
    assert ours == sealed.encrypted_data


@pytest.mark.parametrize(("session_key", "raw_data", "signature"), DATA_SIGNATURES)
def test_raw_data_is_signed_with_the_key_as_text(
    session_key: str, raw_data: str, signature: str
) -> None:
    assert crypto.data_signature(raw_data.encode(), session_key) == signature


@pytest.mark.parametrize(("session_key", "message", "signature"), SESSION_SIGNATURES)
def test_a_call_is_signed_with_the_key_as_text(
    session_key: str, message: bytes, signature: str
) -> None:
    assert crypto.session_signature(message, session_key) == signature


@settings(deadline=None)
@given(st.binary(max_size=200), KEYS, KEYS)
def test_any_bytes_of_any_length_round_trip(plaintext: bytes, key: bytes, iv: bytes) -> None:
    ciphertext = crypto.encrypt(plaintext, key, iv)
    assert len(ciphertext) == len(plaintext) // 16 * 16 + 16
    assert crypto.decrypt(ciphertext, key, iv) == plaintext


def test_without_padding_the_plaintext_is_in_the_error() -> None:
    zeros = bytes(16)
    ciphertext = crypto.encrypt(b"0123456789abcdef", zeros, zeros)[:16]
    with pytest.raises(crypto.PaddingError) as caught:
        crypto.decrypt(ciphertext, zeros, zeros)
    assert caught.value.plaintext == b"0123456789abcdef"


def test_the_message_hash_is_over_the_base64_text() -> None:
    assert crypto.message_hash("6Zi/") == sha256(b"6Zi/").hexdigest()


def test_openssl_is_loaded_at_the_first_use_only() -> None:
    script = (
        "import sys; from emulator.wechat import crypto; import emulator.http.server\n"
        "loaded = lambda: any(name.startswith('cryptography') for name in sys.modules)\n"
        "print(loaded()); crypto.encrypt(b'', bytes(16), bytes(16)); print(loaded())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]


def test_a_wrong_key_shows_in_the_padding_or_the_text() -> None:
    other = b64decode(SEALED[1].session_key)
    with pytest.raises(crypto.PaddingError):
        crypto.decrypt(b64decode(OFFICIAL.encrypted_data), other, b64decode(OFFICIAL.iv))
