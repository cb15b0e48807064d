"""The faults under `tls:` in a scenario: what goes wrong before HTTP begins."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .ids import Ids
from .stores import Store


class TlsFault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way a handshake goes wrong."""

    fault: Annotated[
        Literal["cut", "expired", "self_signed"],
        Meta(
            description="cut: the connection ends after the ClientHello; expired: the certificate "
            "ran out yesterday; self_signed: no authority stands behind it."
        ),
    ]
    times: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="How many handshakes at most; without it all."),
    ] = None
    chance: Annotated[
        float, Meta(ge=0, le=1, description="The share of handshakes it hits, seeded.")
    ] = 1.0


async def next_fault(faults: tuple[TlsFault, ...], store: Store, ids: Ids) -> str:
    """The fault the next handshake meets, the first that is due; empty for none."""
    for number, each in enumerate(faults):
        if each.chance < 1:
            throw = await store.next(f"tls {number} thrown")
            if ids.chance(f"tls {number}", throw) >= each.chance:
                continue
        if each.times is None or await store.next(f"tls {number} acted") < each.times:
            return each.fault
    return ""
