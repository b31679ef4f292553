"""Everything that keeps a learner's process in, in the order that works. Called in the forked child, never undone.

Session, descriptors, limits, Landlock, user, seccomp: each refuses on its own what the others may let through. None of
it needs a namespace, a container or root.
"""

import ctypes
import importlib.util
import os
import resource
import site
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

import labkit.course.grade.cage.landlock as landlock
import labkit.course.grade.cage.privileges as privileges
import labkit.course.grade.cage.seccomp as seccomp
from labkit.course.grade.limits import Limits

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, SIGKILL = 1, 4, 9
SHARED = """
/lib /lib64 /usr/lib /usr/lib64 /usr/local/lib /etc/ld.so.cache /etc/localtime /etc/fonts /usr/share/fonts
/usr/share/zoneinfo /dev/urandom /dev/random /dev/zero /proc/cpuinfo /proc/meminfo /proc/stat /sys/devices/system/cpu
/sys/devices/system/node
""".split()
SECRETS = ("labkit", "solutions", "tests", "notebooks")  # beside the package: it is in memory, and nobody reads it


@dataclass(frozen=True)
class Policy:
    """What is found out once, before the first submission."""

    rights: dict[Path, int]
    user: privileges.User


def policy() -> Policy:
    """What a child will be allowed to read, and which user it will be. Raises OSError naming what the system lacks."""
    if sys.platform != "linux":
        raise OSError(f"Landlock and seccomp, which are Linux's: this is {sys.platform}")
    landlock.check(ctypes.CDLL(None, use_errno=True))
    seccomp.program(os.getpid())
    rights = landlock.readable(_roots(), _secrets())
    return Policy(rights, privileges.choose([*rights, Path(tempfile.gettempdir()), *_samples()]))


def _roots() -> list[Path]:
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += [*site.getsitepackages(), sys.base_prefix + "/lib", *SHARED]
    folders += [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return [path for path in map(Path, folders) if path.exists()]


def _secrets() -> list[Path]:
    spec = importlib.util.find_spec("labkit")
    return [Path(place).resolve().parent / name for place in spec.submodule_search_locations for name in SECRETS]


def _samples() -> list[Path]:
    return [Path(importlib.util.find_spec(name).origin) for name in ("json", "torch", "numpy")]


def enter(folder: Path, keep: list[int], limits: Limits, policy: Policy | None) -> None:
    """Lock this process in; without a policy only what every system has: a session, limits and a clean start.

    `keep` are the descriptors that stay. Raises OSError naming the mechanism that the kernel lacks.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getppid()
    start_afresh(folder, keep)
    _limit(limits, own_user=policy is not None and policy.user.alone)
    if policy is not None:
        _set(libc, seccomp.PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")
        null = {Path(os.devnull): landlock.READ | landlock.WRITE_FILE}
        if policy.user.alone:
            os.chown(folder, privileges.number(), privileges.number())
        landlock.enforce(libc, policy.rights | null | {folder: landlock.OWN})
        privileges.drop(libc, policy.user)
    _die_with(libc, parent)
    if policy is not None:
        _set(libc, PR_SET_DUMPABLE, 0, "undumpable processes")
        seccomp.enforce(libc)


def start_afresh(folder: Path, keep: list[int]) -> None:
    """A session of its own, its folder, no environment, and no descriptor but those to keep."""
    os.setsid()
    os.umask(0o077)
    os.chdir(folder)
    last = 2
    for descriptor in sorted(keep):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, max(resource.getrlimit(resource.RLIMIT_NOFILE)[0], last + 2))
    os.environ.clear()
    os.environ |= {"HOME": str(folder), "TMPDIR": str(folder), "MPLCONFIGDIR": str(folder), "MPLBACKEND": "agg"}
    os.environ |= {"LABKIT_HOME": str(folder), "LABKIT_PROFILE": "quick", "OMP_NUM_THREADS": "1"}
    tempfile.tempdir = str(folder)


def _limit(limits: Limits, own_user: bool) -> None:
    size, *_, data, _ = (int(pages) * resource.getpagesize() for pages in Path("/proc/self/statm").read_text().split())
    wanted = {
        resource.RLIMIT_AS: size + limits.memory,
        resource.RLIMIT_DATA: data + limits.memory,
        resource.RLIMIT_CPU: limits.cpu,
        resource.RLIMIT_FSIZE: limits.file,
        resource.RLIMIT_NOFILE: limits.descriptors,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if own_user:  # it counts all of a user's processes; where the user is shared, the watcher counts threads
        wanted[resource.RLIMIT_NPROC] = limits.threads
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    score = Path("/proc/self/oom_score_adj")
    if score.exists():  # when the machine runs out of memory, this process goes first
        score.write_text("1000")


def _die_with(libc: ctypes.CDLL, parent: int) -> None:
    _set(libc, PR_SET_PDEATHSIG, SIGKILL, "death signals")
    if os.getppid() != parent:
        os._exit(1)


def _set(libc: ctypes.CDLL, option: int, value: int, what: str) -> None:
    if libc.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), f"{what} ({os.strerror(ctypes.get_errno())})")
