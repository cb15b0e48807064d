"""TLS in front of the HTTP connections: certificates, handshakes, and the faults asked for.

Imported only once a TLS or proxy port is asked for.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import WeakSet

from ..core.settings import Settings
from .authority import Authority, create, self_signed_leaf
from .ca_folder import in_folder
from .names import names_to_serve
from .pem import AuthorityError, certificates_in
from .sniff import Hold, Lobby, start_tls

_DISTRUST = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN")
_TRUST_IT = "let it trust what `wechat-emulator certificate` prints"

CLIENT_HELLO = 0x16
"""The first byte of everything that means to be TLS."""

_NOT_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 52\r\n\r\nThis port speaks HTTPS: use https:// in front of it\n"
)

FaultOf = Callable[[str], Awaitable[str]]
"""The fault the next handshake of a world meets; empty for none."""


class Tls:
    """Makes TLS connections out of plain ones."""

    def __init__(
        self, settings: Settings, *, now: float, note: Callable[[str], None], fault_of: FaultOf
    ) -> None:
        """AuthorityError if a certificate or key is of no use."""
        self._now = now
        self._note = note
        self._fault_of = fault_of
        self._names = names_to_serve((*settings.host, *settings.allowed_hosts))
        self._authority: Authority | None = None
        self._contexts: dict[str, ssl.SSLContext] = {}
        # Weakly: a port that is closed takes its lobby along.
        self._lobbies: WeakSet[Lobby] = WeakSet()
        self._handshakes: set[asyncio.Task[None]] = set()
        if settings.tls_cert:
            self.pem, self._contexts[""] = _given(settings.tls_cert, settings.tls_key)
        else:
            self._authority = _authority(settings.ca_dir, self._names, now, note)
            self.pem = self._authority.pem
            self._contexts[""] = self._context("")

    def listener(self, make: Callable[[], asyncio.Protocol], world: str) -> Lobby:
        """A protocol factory for a port: each connection shakes hands, then `make()` reads it."""

        def read(transport: asyncio.Transport, data: bytes) -> bool:
            if data[0] == CLIENT_HELLO:
                self.secure(transport, make(), world, data)
            else:
                who, advice = client_of(transport), _advice(data)
                self._note(f"{who} speaks plain HTTP to a TLS port: {advice}")
                transport.write(_NOT_TLS)
                transport.close()
            return True

        lobby = Lobby(read)
        self._lobbies.add(lobby)
        return lobby

    def secure(
        self,
        transport: asyncio.Transport,
        connection: asyncio.Protocol,
        world: str,
        first: bytes = b"",
    ) -> None:
        """Shake hands on the transport, whose `first` bytes were read already, then hand over."""
        transport.pause_reading()
        task = asyncio.ensure_future(self._secure(transport, connection, world, first))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def stop(self) -> None:
        """Break off what has not come as far as HTTP."""
        for lobby in list(self._lobbies):
            lobby.clear()
        under_way = list(self._handshakes)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _secure(
        self, transport: asyncio.Transport, connection: asyncio.Protocol, world: str, first: bytes
    ) -> None:
        hold = Hold()
        fault = await self._fault_of(world)
        if fault:
            self._note(f"TLS fault of world {world}: {fault}")
        try:
            secured = await start_tls(transport, hold, self._with_fault(fault), first)
        except OSError as error:  # SSLError and TimeoutError are OSErrors
            transport.abort()
            if not fault:
                self._explain(error, client_of(transport))
        except BaseException:
            transport.abort()
            raise
        else:
            hold.hand_over(secured, connection)

    def _with_fault(self, fault: str) -> ssl.SSLContext:
        if fault not in self._contexts:
            self._contexts[fault] = self._context(fault)
        return self._contexts[fault]

    def _context(self, fault: str) -> ssl.SSLContext:
        if self._authority is None:
            self._authority = create(self._names, self._now)
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

    def _explain(self, error: OSError, who: str) -> None:
        """Say what a developer can mend."""
        reason = getattr(error, "reason", None) or ""
        if any(alert in reason for alert in _DISTRUST):
            self._note(f"{who} does not trust the certificate ({reason}): {_TRUST_IT}")
        elif isinstance(error, ConnectionAbortedError):
            self._note(f"{who} took too long over the TLS handshake")
        elif reason:
            self._note(f"{who} and the emulator found no way to speak TLS ({reason})")
        else:  # asyncio's own clients hang up without a word
            self._note(
                f"{who} hung up during the TLS handshake, as clients do that do not trust the "
                f"certificate: {_TRUST_IT}"
            )


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


def _advice(data: bytes) -> str:
    """For a client that speaks plain HTTP, by its first bytes."""
    if data.startswith(b"CONNECT "):
        return "a proxy's place is --proxy-port"
    return "use https://"


def client_of(transport: asyncio.Transport) -> str:
    """Whose connection it is, for the log."""
    peer = transport.get_extra_info("peername")
    return f"a client from {peer[0]}" if peer else "a client"


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


def _given(certificate: str, key: str) -> tuple[bytes, ssl.SSLContext]:
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
