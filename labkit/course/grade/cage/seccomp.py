"""Which system calls a learner's process may make: what Python and torch need to compute, and nothing else.

A short program (classic BPF) that the kernel runs at each call. By default a call is refused (EPERM). No sockets, no
new processes (threads are), no signals to others, no ptrace and the like, no changing of modes and owners, which
Landlock does not cover. https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

import ctypes
import errno
import os
import platform
import struct

from labkit.course.grade.cage.syscalls import ARCHITECTURES, CHECKED, HARMLESS, NEWEST, NOT_THERE, numbers

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
X32 = 0x40000000  # the other calling convention of x86-64 processes
THREAD, NAMESPACES = 0x00010000, 0x7E020000
UNNAMED_FILE = 0x400000  # O_TMPFILE: a file that nobody can count
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
NAME = (15, 16)  # prctl: a thread's name, set and get
FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1031, 1032, 1033, 1034, 36, 37, 38)  # without owners and signals of descriptors
IOCTL = (
    0x5401,
    0x5413,
    0x541B,
    0x5421,
    0x5450,
    0x5451,
    0x802C542A,
)  # is it a terminal, how much to read, close on exec

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def _low(argument: int) -> Instruction:
    return LOAD, 0, 0, 16 + 8 * argument


def _one_of(argument: int, *values: int) -> list[Instruction]:
    """Allow the call if an argument (an int for the kernel) has one of these values, else refuse it."""
    tests = [(EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [_low(argument), *tests, (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]


def _clone() -> list[Instruction]:
    """Threads only, and no namespaces."""
    return [
        _low(0),
        (ANY_BIT, 0, 2, THREAD),
        (ANY_BIT, 1, 0, NAMESPACES),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]


def _open(flags: int) -> list[Instruction]:
    return [_low(flags), (ANY_BIT, 0, 1, UNNAMED_FILE), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]


def _read_own_limits() -> list[Instruction]:
    """prlimit64(0, resource, NULL, old)."""
    steps = [
        step for offset in (16, 32, 36) for step in ((LOAD, 0, 0, offset), (EQUAL, 1, 0, 0), (RETURN, 0, 0, REFUSE))
    ]
    return [*steps, (RETURN, 0, 0, ALLOW)]


def checks(pid: int) -> dict[str, list[Instruction]]:
    """What is asked of the calls that depend on their arguments. Signals reach the process `pid` alone."""
    own = dict.fromkeys(("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"), _one_of(0, pid))
    return own | {
        "clone": _clone(),
        "prlimit64": _read_own_limits(),
        "prctl": _one_of(0, *NAME),
        "fcntl": _one_of(1, *FCNTL),
        "ioctl": _one_of(1, *IOCTL),
        "open": _open(1),
        "openat": _open(2),
        "sched_setaffinity": _one_of(0, 0),
    }


def program(pid: int, machine: str | None = None) -> list[Instruction]:
    """The whole program. Raises OSError for a machine that is neither x86-64 nor aarch64."""
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"a seccomp filter for {machine} processors: there are {', '.join(ARCHITECTURES)}")
    steps = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, ARCHITECTURES[machine]), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    if machine == "x86_64":
        steps += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    for number in numbers(HARMLESS, machine).values():
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    asked = checks(pid)
    for name, number in numbers(CHECKED, machine).items():
        steps += [(EQUAL, 0, len(asked[name]), number), *asked[name]]
    for number in numbers(NOT_THERE, machine).values():
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, UNKNOWN)]
    return [*steps, (AT_LEAST, 0, 1, NEWEST + 1), (RETURN, 0, 0, UNKNOWN), (RETURN, 0, 0, REFUSE)]


class Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def enforce(libc: ctypes.CDLL) -> None:
    """From here on, for this thread and what it starts. Raises OSError if the kernel cannot; never taken back."""
    steps = program(os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    filter = Program(len(steps), ctypes.addressof(code))
    for call in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, FILTER, ctypes.byref(filter), 0, 0)):
        if libc.prctl(*call):
            number = ctypes.get_errno()
            raise OSError(number, f"seccomp filters ({os.strerror(number)})")
