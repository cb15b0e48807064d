"""Encryption with a session_key (AES-128-CBC), and WeChat's two signatures.

https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from functools import cache
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher

BLOCK = 16
"""Bytes of an AES block. Some SDKs take PKCS7's padding off with 32; WeChat puts it on with 16."""


class PaddingError(ValueError):
    """A plaintext does not end in PKCS7 padding; most often the key was wrong."""

    def __init__(self, plaintext: bytes) -> None:
        super().__init__("the decrypted bytes do not end in PKCS7 padding")
        self.plaintext = plaintext


def encrypt(plaintext: bytes, key: bytes, iv: bytes) -> bytes:
    """The padded plaintext in AES-128-CBC."""
    padding = BLOCK - len(plaintext) % BLOCK
    encryptor = _cipher(key, iv).encryptor()
    return encryptor.update(plaintext + bytes((padding,)) * padding) + encryptor.finalize()


def decrypt(ciphertext: bytes, key: bytes, iv: bytes) -> bytes:
    """The plaintext without its padding; PaddingError if there is none."""
    decryptor = _cipher(key, iv).decryptor()
    plaintext = decryptor.update(ciphertext) + decryptor.finalize()
    padding = plaintext[-1] if plaintext else 0
    if not 1 <= padding <= BLOCK or plaintext[-padding:] != bytes((padding,)) * padding:
        raise PaddingError(plaintext)
    return plaintext[:-padding]


def seal(plaintext: bytes, session_key: str, iv: bytes) -> str:
    """`encryptedData`: the plaintext under the session_key, in base64."""
    return b64encode(encrypt(plaintext, b64decode(session_key), iv)).decode()


def data_signature(raw_data: bytes, session_key: str) -> str:
    """`signature` beside `rawData`: SHA-1 over it and the session_key's base64 text."""
    return sha1(raw_data + session_key.encode(), usedforsecurity=False).hexdigest()


def session_signature(message: bytes, session_key: str) -> str:
    """`signature` of a call: HMAC-SHA256 keyed with the session_key's base64 text, not decoded.

    https://developers.weixin.qq.com/minigame/dev/tutorial/open-ability/session-signature.html
    """
    return hmac.digest(session_key.encode(), message, "sha256").hex()


def message_hash(encrypted_data: str) -> str:
    """`encrypted_msg_hash`: SHA-256 over the base64 text of `encryptedData`."""
    return sha256(encrypted_data.encode()).hexdigest()


def _cipher(key: bytes, iv: bytes) -> Cipher[Any]:
    make, aes, cbc = _primitives()
    cipher: Cipher[Any] = make(aes(key), cbc(iv))
    return cipher


@cache
def _primitives() -> tuple[Any, Any, Any]:
    """Imported at the first use: a start that encrypts nothing does not pay for OpenSSL."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    return Cipher, AES, CBC
