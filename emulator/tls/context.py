"""TLS in front of the HTTP connections: handshakes, and why they fail.

Imported only once a TLS or proxy port is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakSet

from ..core.settings import Settings
from .server_contexts import ServerContexts
from .sniff import EarlyData, FirstByteSniffer, start_tls

_DISTRUST = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN")
_TRUST_IT = "let it trust what `wechat-emulator certificate` prints"

CLIENT_HELLO = 0x16
"""The first byte of everything that means to be TLS."""

FaultOf = Callable[[str], Awaitable[str]]
"""The fault the next handshake of a world meets; empty for none."""


class Tls:
    """Makes TLS connections out of plain ones."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: float,
        note: Callable[[str], None],
        fault_of: FaultOf,
        refusal: Callable[[], bytes],
    ) -> None:
        """AuthorityError if a certificate or key is of no use.

        `refusal` makes the answer to a client that does not speak TLS.
        """
        self._note = note
        self._fault_of = fault_of
        self._refusal = refusal
        self._contexts = ServerContexts(settings, now=now, note=note)
        self.pem = self._contexts.pem
        """What clients have to trust."""
        # Weakly: a port that is closed takes its sniffer along.
        self._sniffers: WeakSet[FirstByteSniffer] = WeakSet()
        self._handshakes: set[asyncio.Task[None]] = set()

    def listener(self, make: Callable[[], asyncio.Protocol], world: str) -> FirstByteSniffer:
        """A protocol factory for a port: each connection shakes hands, then `make()` reads it."""

        def read(transport: asyncio.Transport, data: bytes) -> bool:
            if data[0] == CLIENT_HELLO:
                self.secure(transport, make(), world, data)
            else:
                who, advice = client_of(transport), _advice(data)
                self._note(f"{who} speaks plain HTTP to a TLS port: {advice}")
                transport.write(self._refusal())
                transport.close()
            return True

        sniffer = FirstByteSniffer(read)
        self._sniffers.add(sniffer)
        return sniffer

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
        for sniffer in list(self._sniffers):
            sniffer.clear()
        under_way = list(self._handshakes)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _secure(
        self, transport: asyncio.Transport, connection: asyncio.Protocol, world: str, first: bytes
    ) -> None:
        early = EarlyData()
        fault = await self._fault_of(world)
        if fault:
            self._note(f"TLS fault of world {world}: {fault}")
        try:
            secured = await start_tls(transport, early, self._contexts.with_fault(fault), first)
        except OSError as error:  # SSLError and TimeoutError are OSErrors
            transport.abort()
            if not fault:
                self._explain(error, client_of(transport))
        except BaseException:
            transport.abort()
            raise
        else:
            early.hand_over(secured, connection)

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


def _advice(data: bytes) -> str:
    """For a client that speaks plain HTTP, by its first bytes."""
    if data.startswith(b"CONNECT "):
        return "a proxy's place is --proxy-port"
    return "use https://"


def client_of(transport: asyncio.Transport) -> str:
    """Whose connection it is, for the log."""
    peer = transport.get_extra_info("peername")
    return f"a client from {peer[0]}" if peer else "a client"
