"""Runs a command with its own /etc/hosts: `python private_hosts.py FILE COMMAND …`.

It is a program by itself and imports nothing of ours. With `python -I -S` it starts quickly and has
a single thread; Linux demands that of a process that enters a user namespace.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

CANNOT = 125
"""The exit code if there can be no other /etc/hosts; 126 and 127 are as in a shell."""

_HOSTS = "/etc/hosts"
_NEW_MOUNTS, _NEW_USERS = 0x0002_0000, 0x1000_0000  # CLONE_NEWNS, CLONE_NEWUSER
_BIND, _PRIVATE_TREE = 0x1000, 0x4_4000  # MS_BIND, MS_REC | MS_PRIVATE

_ADVICE = """
The system does not let this user give one command a hosts file of its own. One of these helps:
  - run it as root;
  - allow it: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu) or
    kernel.unprivileged_userns_clone=1 (Debian);
  - in a container: docker run --cap-add SYS_ADMIN …, or give the emulator's own container the
    network alias api.weixin.qq.com, which needs no rights at all;
  - leave --hosts out: clients that heed HTTPS_PROXY come here anyway.
"""


def main(arguments: list[str]) -> int:
    """Replace the hosts file and then run the command; it returns only if that fails."""
    hosts, *command = arguments
    try:
        _hide_hosts_behind(hosts)
    except OSError as error:
        sys.stderr.write(f"wechat-emulator: --hosts: {error}\n{_ADVICE}")
        return CANNOT
    try:
        os.execvp(command[0], command)  # noqa: S606  # that is what it is for
    except FileNotFoundError:
        sys.stderr.write(f"wechat-emulator: no such command: {command[0]}\n")
        return 127
    except OSError as error:
        sys.stderr.write(f"wechat-emulator: cannot run {command[0]}: {error.strerror}\n")
        return 126


def _hide_hosts_behind(path: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        _call(libc.unshare, _NEW_MOUNTS)
    except PermissionError:
        user, group = os.getuid(), os.getgid()
        _call(libc.unshare, _NEW_MOUNTS | _NEW_USERS)
        # The same user inside as outside; the rights it has here end with the coming exec.
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    _call(libc.mount, None, b"/", None, _PRIVATE_TREE, None)
    _call(libc.mount, os.fsencode(path), _HOSTS.encode(), None, _BIND, None)


def _call(function: Callable[..., int], *arguments: object) -> None:
    values = (ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments)
    if function(*values):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
