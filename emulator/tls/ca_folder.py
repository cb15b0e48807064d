"""The folder that keeps an authority: `ca.pem` for everybody, `ca-key.pem` for its owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..core import files
from ..core.hosts import own_name
from .authority import Authority, create, read
from .pem import CERTIFICATE, AuthorityError, certificates_in, is_from_emulator, write_certificate

KEY = "ca-key.pem"


def in_folder(
    folder: Path, names: Iterable[str], now: float, tell: Callable[[str], None]
) -> Authority:
    """The folder's authority, made on first use for these names, and renewed in time.

    What its owner should know goes to `tell`. OSError if it has to be made and cannot,
    AuthorityError if what lies there is of no use.
    """
    if not (folder / KEY).exists():
        _make(folder, names, now)
    authority = _load(folder)
    if authority.is_from_emulator and authority.ends_soon(now):
        authority = _renew(folder, authority, now)
    _publish(folder, authority.pem)
    for remark in _remarks(authority, names, now):
        tell(f"--ca-dir {folder}: {remark}")
    return authority


def _remarks(authority: Authority, names: Iterable[str], now: float) -> Iterator[str]:
    another = f"delete {CERTIFICATE} and {KEY}, start again, and let clients trust the new one"
    if authority.end.timestamp() < now:
        yield f"its certificate authority ended on {authority.end:%Y-%m-%d}: {another}"
    if authority.is_from_emulator and authority.constraints is None:
        yield (
            "its certificate authority is an older version's: whoever reads its key can be any "
            f"host. For one that can be WeChat and this machine only, {another}"
        )
    # A container's name is a new one each time, and nobody asked for it.
    uncovered = [name for name in names if name != own_name() and not authority.permits(name)]
    if uncovered:
        yield (
            f"its certificate authority may not vouch for {', '.join(uncovered)}, which is left "
            f"out: {another}"
        )


def _make(folder: Path, names: Iterable[str], now: float) -> None:
    """One file, put there whole: of two who start at once, one is first and both agree on it."""
    if (folder / CERTIFICATE).exists():
        raise AuthorityError(
            f"{folder / CERTIFICATE} is there, {KEY} is not: put its key beside it, "
            f"or delete it and a new authority is made"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        _write_key(folder, create(names, now), lambda content: False)


def _renew(folder: Path, authority: Authority, now: float) -> Authority:
    """The same authority for ten more years, or as it is where the folder may not be written."""
    renewed = authority.renewed(now)
    try:
        _write_key(folder, renewed, is_from_emulator)
    except OSError:
        return authority
    return renewed


def _write_key(folder: Path, authority: Authority, ours: files.Ours) -> None:
    files.write(folder / KEY, authority.key + authority.pem, ours, mode=0o600)


def _publish(folder: Path, pem: bytes) -> None:
    file = folder / CERTIFICATE
    try:
        write_certificate(file, pem)
    except FileExistsError as error:
        raise AuthorityError(f"{file} is not what {KEY} belongs to: {error.strerror}") from None
    except OSError:
        pass  # the folder may not be written; `certificate` and the control API give it, too


def _load(folder: Path) -> Authority:
    """The authority in the folder; its certificate may stand with the key or in `ca.pem`."""
    try:
        content = (folder / KEY).read_bytes()
        if not certificates_in(content) and (folder / CERTIFICATE).exists():
            content += (folder / CERTIFICATE).read_bytes()
        return read(content)
    except (OSError, ValueError, TypeError) as error:
        raise AuthorityError(
            f"{folder / KEY} is no certificate authority: {error}; "
            f"delete it and {CERTIFICATE}, and a new one is made"
        ) from None
