"""The certificate a handshake shows: of our authority or the user's own, sound or with a fault."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..core.settings import Settings
from .authority import Authority, create, self_signed_leaf
from .ca_folder import in_folder
from .names import names_to_serve
from .pem import AuthorityError, certificates_in

_YEAR = 365 * 86400.0


class ServerContexts:
    """Makes the contexts of handshakes, each when it is needed first."""

    def __init__(self, settings: Settings, *, now: float, note: Callable[[str], None]) -> None:
        """AuthorityError if a certificate or key is of no use."""
        self._now = now
        self._signed_at = asyncio.get_running_loop().time()
        self._names = names_to_serve((*settings.host, *settings.allowed_hosts))
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._own: ssl.SSLContext | None = None
        if settings.tls_cert:
            self.pem, self._own = _from_files(settings.tls_cert, settings.tls_key)
            self._authority = create(self._names, now)
        else:
            self._authority = _authority(settings.ca_dir, self._names, now, note)
            self.pem = self._authority.pem
            """What clients have to trust."""
            self.with_fault("")  # now, so that a mistake ends the start

    def with_fault(self, fault: str) -> ssl.SSLContext:
        """For the next handshake: as it should be, or with a fault if it has a name."""
        if self._own and not fault:
            return self._own
        self._renew()
        if fault not in self._contexts:
            self._contexts[fault] = self._context(fault)
        return self._contexts[fault]

    def _renew(self) -> None:
        """Forget leaves that are a year old: a server may run for longer than they are valid."""
        age = asyncio.get_running_loop().time() - self._signed_at
        if age > _YEAR:
            self._now += age
            self._signed_at += age
            self._contexts.clear()

    def _context(self, fault: str) -> ssl.SSLContext:
        if fault == "self_signed":
            pem = self_signed_leaf(self._names, self._now)
        elif fault == "expired":
            pem = self._authority.expired_leaf(self._names, self._now)
        else:
            pem = self._authority.leaf(self._names, self._now)
        context = _server_context()
        with _as_file(pem) as path:
            context.load_cert_chain(path)
        if fault == "cut":
            context.sslobject_class = _Cut
        return context


class _Cut(ssl.SSLObject):
    """Ends the connection when the ClientHello is there."""

    def do_handshake(self) -> None:
        """Fail in place of the ServerHello."""
        try:
            super().do_handshake()
        except ssl.SSLWantReadError:
            if self.shared_ciphers() is None:  # the ClientHello is not there yet
                raise
        raise ssl.SSLError("cut")


def _authority(folder: str, names: list[str], now: float, note: Callable[[str], None]) -> Authority:
    if not folder:
        return create(names, now)
    try:
        return in_folder(Path(folder), names, now, note)
    except OSError as error:
        note(
            f"--ca-dir {folder}: {error.strerror or error}; the certificate authority lives in "
            "memory and is a new one after each start"
        )
        return create(names, now)


def _from_files(certificate: str, key: str) -> tuple[bytes, ssl.SSLContext]:
    """The user's own certificates in PEM, and a context that shows them."""
    context = _server_context()
    try:
        context.load_cert_chain(certificate, key or None, password=_no_password)
        with open(certificate, "rb") as file:
            return b"".join(certificates_in(file.read())), context
    except ssl.SSLError as error:
        reason = error.reason or "not a certificate and its key in PEM"
        raise AuthorityError(
            f"--tls-cert {certificate} --tls-key {key or certificate}: {reason}; expected the "
            "certificate (with its chain) and its private key, both in PEM"
        ) from None
    except OSError as error:
        raise AuthorityError(
            f"--tls-cert {certificate} --tls-key {key or certificate}: {error.strerror or error}"
        ) from None


def _no_password() -> str:
    raise AuthorityError("--tls-key: the key is encrypted; give one without a password")


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """A path to read the content from, as OpenSSL wants one; on Linux it never meets a disk."""
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        file = os.memfd_create("wechat-emulator")
        try:
            os.write(file, content)
            yield f"/proc/self/fd/{file}"
        finally:
            os.close(file)
        return
    with TemporaryDirectory(prefix="wechat-emulator-") as folder:
        path = Path(folder, "leaf.pem")
        path.write_bytes(content)
        yield str(path)
