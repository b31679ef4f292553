"""Which files a learner's process may open: those that Python and its packages need, and one folder of its own.

https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
VERSION, BENEATH = 1, 1
WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, MAKE_DIR, MAKE_REG = (1 << bit for bit in (1, 2, 3, 4, 7, 8))
TRUNCATE = 1 << 14
OF_FILES = WRITE_FILE | READ_FILE | TRUNCATE
READ = READ_FILE | READ_DIR
# Nothing can be removed: a file that is gone and still open would take space that nobody can count.
OWN = READ | WRITE_FILE | TRUNCATE | MAKE_REG | MAKE_DIR | REMOVE_DIR
FILES = {1: 1 << 13, 2: 1 << 14, 3: 1 << 15, 4: 1 << 15, 5: 1 << 16}  # ABI -> the first right it does not know
TCP, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals


def version(libc: ctypes.CDLL) -> int:
    """The kernel's Landlock ABI; 0 if it has none, or has it switched off."""
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION))


def check(libc: ctypes.CDLL) -> int:
    """The kernel's Landlock ABI. Raises OSError if there is none."""
    abi = version(libc)
    if not abi:
        raise OSError(ctypes.get_errno(), "Landlock (Linux 5.13 or newer, with landlock among its security modules)")
    return abi


def readable(roots: Iterable[Path], secret: Iterable[Path]) -> dict[Path, int]:
    """Rights to read all below `roots`, except `secret` places; folders that hold one can be listed, no more."""
    hidden = [os.path.realpath(place) for place in secret]
    rights: dict[Path, int] = {}
    waiting = [Path(os.path.realpath(root)) for root in roots]
    while waiting:
        place = waiting.pop()
        real = os.path.realpath(place)
        if any(_within(real, other) for other in hidden):
            continue
        if any(_within(other, real) for other in hidden):
            rights[place] = READ_DIR
            waiting += place.iterdir()
        elif os.path.exists(real):
            rights[Path(real)] = READ
    return rights


def _within(place: str, other: str) -> bool:
    return place == other or place.startswith(other.rstrip("/") + "/")


def enforce(libc: ctypes.CDLL, rights: Mapping[Path, int]) -> None:
    """From here on, only these, below each path; no TCP and no signals to others. Needs no_new_privs.

    Raises OSError if the kernel cannot. Never taken back.
    """
    abi = check(libc)
    handled = FILES.get(abi, FILES[5]) - 1
    attributes = struct.pack("QQQ", handled, TCP, SCOPES)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = _called(libc, CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    for path, allowed in rights.items():
        _allow(libc, ruleset, path, allowed & handled)
    _called(libc, RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, allowed: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed &= ~0 if os.path.isdir(path) else OF_FILES
        _called(libc, ADD_RULE, ruleset, BENEATH, struct.pack("=Qi", allowed, place), 0)
    finally:
        os.close(place)


def _called(libc: ctypes.CDLL, number: int, *arguments: object) -> int:
    result = libc.syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock ({os.strerror(code)})")
    return result
