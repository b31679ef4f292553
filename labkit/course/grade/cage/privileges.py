"""Giving up what root can do, where the grader runs as root.

A child becomes a user of its own, from the range that systemd hands out to services and nobody else uses. If that user
could not reach Python's files (an interpreter in root's home), it keeps the one capability to read past modes, which
Landlock bounds. If it may not change users at all, it stays who it is, without any capability.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FIRST, COUNT = 61184, 4336
READ_ANYTHING = 1 << 2  # CAP_DAC_READ_SEARCH
PR_SET_KEEPCAPS, PR_SET_SECUREBITS, NO_ROOT = 8, 28, 0b1111  # uid 0 means nothing, and that is locked
VERSION_3 = 0x20080522


@dataclass(frozen=True)
class User:
    """Who a child will be: `alone`, a user of its own; `capabilities`, what it keeps."""

    alone: bool = False
    capabilities: int = 0


def number() -> int:
    """The user that this process becomes."""
    return FIRST + os.getpid() % COUNT


def choose(paths: Iterable[Path]) -> User:
    """What works here, found out by trying it in a child. A user of its own must reach `paths`."""
    if os.geteuid() != 0:
        return User()
    tries = (User(alone=True), User(alone=True, capabilities=READ_ANYTHING))
    return next((user for user in tries if _works(user, list(paths))), User())


def _works(user: User, paths: list[Path]) -> bool:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            drop(ctypes.CDLL(None, use_errno=True), user)
            code = int(not all(os.access(path, os.R_OK, effective_ids=True) for path in paths))
        except OSError:
            code = 2  # a container may not let root change users
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def drop(libc: ctypes.CDLL, user: User) -> None:
    """Become that user for good. Raises OSError where it is not allowed to."""
    if os.geteuid() != 0:
        return
    if user.alone:
        _prctl(libc, PR_SET_KEEPCAPS, int(bool(user.capabilities)))
        os.setgroups([])
        os.setresgid(number(), number(), number())
        os.setresuid(number(), number(), number())
    elif _has_all_of(libc):
        _prctl(libc, PR_SET_SECUREBITS, NO_ROOT)
    low, high = user.capabilities & 0xFFFFFFFF, user.capabilities >> 32
    header, data = struct.pack("Ii", VERSION_3, 0), struct.pack("6I", low, low, 0, high, high, 0)
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), f"dropping capabilities ({os.strerror(ctypes.get_errno())})")


def _has_all_of(libc: ctypes.CDLL) -> bool:
    """Whether the process may still lock what root means (CAP_SETPCAP)."""
    header, data = struct.pack("Ii", VERSION_3, 0), ctypes.create_string_buffer(24)
    return not libc.capget(header, data) and bool(struct.unpack("6I", data.raw)[0] & 1 << 8)


def _prctl(libc: ctypes.CDLL, option: int, value: int) -> None:
    if libc.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
