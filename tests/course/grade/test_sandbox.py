"""The sandbox piece by piece: what a child may do, what is said where a piece is missing, and that each is needed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from course.grade.strangers import IMPORTS, SECRET, SMALL, TRIED, ZEROS, Surroundings, grade, task
from labkit.course.grade.cage import landlock, sandbox, seccomp
from labkit.course.grade.cage.syscalls import ARCHITECTURES, CHECKED, HARMLESS, NOT_THERE, numbers
from labkit.course.grade.keeper import warm
from labkit.course.grade.keeper.worker import UnsupportedError, Worker

PID = 4711
REFUSED = """
socket:41:198 socketpair:53:199 connect:42:203 bind:49:200 sendto:44:206 execve:59:221 execveat:322:281
ptrace:101:117 process_vm_readv:310:270 tkill:200:130 process_vm_writev:311:271 setsid:112:157 setuid:105:146
setresuid:117:147 mount:165:40 unshare:272:97 setns:308:268 bpf:321:280 perf_event_open:298:241 keyctl:250:219
userfaultfd:323:282 personality:135:92 fchmod:91:52 fchmodat:268:53 fchownat:260:54 setxattr:188:5 utimensat:280:88
symlinkat:266:36 linkat:265:37 mknodat:259:33 truncate:76:45 chroot:161:51 shmget:29:194 mq_open:240:180
setrlimit:160:164 setpriority:141:140 sched_setscheduler:144:119 landlock_restrict_self:446:446 seccomp:317:277
pidfd_send_signal:424:424 pidfd_getfd:438:438 io_uring_enter:426:426 kcmp:312:272 open_by_handle_at:304:265
init_module:175:105 reboot:169:142 process_madvise:440:440
"""


def decide(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """What the kernel does with the program, step by step."""
    arch = ARCHITECTURES[machine] if arch is None else arch
    halves = [half for value in (*arguments, *[0] * 6)[:6] for half in (value & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF)]
    words = {0: number, 4: arch} | {16 + 4 * i: half for i, half in enumerate(halves)}
    tests: dict[int, Callable[[int, int], bool]] = {
        seccomp.EQUAL: int.__eq__, seccomp.AT_LEAST: int.__ge__, seccomp.ANY_BIT: lambda a, k: bool(a & k),
    }  # fmt: skip
    steps, place, value = seccomp.program(PID, machine), 0, 0
    while True:
        code, then, otherwise, constant = steps[place]
        assert max(then, otherwise) < 256
        if code == seccomp.RETURN:
            return constant
        if code == seccomp.LOAD:
            value = words[constant]
        else:
            place += then if tests[code](value, constant) else otherwise
        place += 1


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_program_on_both_architectures(machine: str):
    checked = numbers(CHECKED, machine)
    for name, number in numbers(REFUSED, machine).items():
        assert decide(machine, number, 1, 1, 1) == seccomp.REFUSE, name
    for name, number in numbers(HARMLESS, machine).items():
        assert decide(machine, number) == seccomp.ALLOW, name
    for name, number in [*numbers(NOT_THERE, machine).items(), ("of next year", 600)]:
        assert decide(machine, number) == seccomp.UNKNOWN, name
    pthread = 0x3D0F00
    allowed = {"clone": [(pthread,)], "kill": [(PID, 9)], "tgkill": [(PID, 3, 9)], "prlimit64": [(0, 7, 0, 99)],
               "prctl": [(15,)], "fcntl": [(1, 3)], "ioctl": [(1, 0x5401)], "openat": [(0, 0, 0o2)]}  # fmt: skip
    refused = {"clone": [(17,), (0x4111,), (pthread | 0x10000000,)], "kill": [(1, 9), (0, 9), (2**32 - 1, 9)],
               "tgkill": [(1, 1, 9)], "prlimit64": [(1, 7, 0, 0), (0, 7, 99, 0), (0, 7, 1 << 40, 0)],
               "prctl": [(4,), (1,)], "fcntl": [(1, 8), (1, 10)], "ioctl": [(1, 0x5412)],
               "openat": [(0, 0, 0o20200002)]}  # fmt: skip
    for name, calls in allowed.items():
        assert all(decide(machine, checked[name], *call) == seccomp.ALLOW for call in calls), name
    for name, calls in refused.items():
        assert all(decide(machine, checked[name], *call) == seccomp.REFUSE for call in calls), name


def test_the_calls_of_another_architecture_end_the_process():
    assert decide("x86_64", 20, arch=0x40000003) == seccomp.KILL
    assert decide("x86_64", 0x40000000 + 39) == seccomp.KILL
    assert decide("aarch64", 39, arch=ARCHITECTURES["x86_64"]) == seccomp.KILL
    with pytest.raises(OSError, match="riscv64"):
        seccomp.program(PID, "riscv64")


def test_a_secret_inside_what_is_readable(tmp_path: Path):
    for name in ("site/labkit/nn", "site/torch", "site/labkit_other", "lib"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "site" / "one.py").write_text("")
    (tmp_path / "site" / "alias").symlink_to(tmp_path / "site" / "labkit" / "nn")
    (tmp_path / "way").symlink_to(tmp_path / "site")
    rights = landlock.readable([tmp_path / "way", tmp_path / "lib"], [tmp_path / "site" / "labkit"])
    found = {str(path.relative_to(tmp_path)): right for path, right in rights.items()}
    assert found == {
        "site": landlock.READ_DIR,
        "site/torch": landlock.READ,
        "site/labkit_other": landlock.READ,
        "site/one.py": landlock.READ,
        "lib": landlock.READ,
    }


@pytest.fixture(scope="module")
def whole() -> Iterator[Worker]:
    with Worker(SMALL) as made:
        yield made


@pytest.mark.parametrize("name", ["labkit/nn/attention.py", "solutions/07_transformer.py", "tests/conftest.py"])
def test_labkit_cannot_be_read_where_packages_can(root: Path, name: str):
    """As if the checkout were a folder of packages."""
    rights = landlock.readable([root], sandbox._secrets())
    open_ones = [path for path, right in rights.items() if right & landlock.READ_FILE]
    assert any(path.name == "pyproject.toml" for path in open_ones)
    assert not any((root / name).resolve().is_relative_to(path) for path in open_ones)


LACKING = {
    "no Landlock": ("landlock.version = lambda libc: 0", "Landlock"),
    "no seccomp": ("seccomp.PR_SET_SECCOMP = 9999", "seccomp filters"),
    "another processor": ("seccomp.platform.machine = lambda: 'riscv64'", "riscv64"),
    "another system": ("sandbox.sys.platform = 'darwin'", "darwin"),
}
PATCHED = (
    "from labkit.course.grade.cage import answers, child, hiding, landlock, privileges, sandbox, seccomp; "
    "from labkit.course.grade.keeper import nursery; "
)


@pytest.mark.parametrize("lack", LACKING)
def test_a_kernel_that_lacks_something_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch, lack: str):
    patch, reason = LACKING[lack]
    monkeypatch.setattr(warm, "NURSERY", PATCHED + patch + "; nursery.main({})")
    with pytest.raises(UnsupportedError, match=reason), Worker(SMALL):
        pass


STOLEN = "from labkit.nn.attention import attend\nexercise('transformer.attend')(lambda *args: attend(*args))\n"
HOLES = {  # what is left out -> what then gets through
    "landlock": ("landlock.enforce = lambda *a: None", "tried('it', lambda: open('{folder}/gradebook.db').read())"),
    "seccomp": ("seccomp.enforce = lambda *a: None", "import socket\ntried('it', socket.socket)"),
    "processes": ("seccomp.enforce = lambda *a: None", "import os\ntried('it', lambda: os.fork() or os._exit(0))"),
    "memory": ("sandbox._limit = lambda *a, **k: 0", "import numpy\ntried('it', lambda: numpy.empty(2**30, bool)[0])"),
    "environment": ("sandbox.start_afresh = lambda *a: None", "import os\ntried('it', lambda: os.environ['PATH'])"),
    "references": ("hiding.hide = lambda *a: None", STOLEN + "print('GOT')"),
}  # fmt: skip


@pytest.mark.parametrize("hole", HOLES)
def test_each_mechanism_is_needed(whole: Worker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hole: str):
    """Left out, what it keeps in gets out; put in, it does not: so the attacks of the other files do test it."""
    patch, cell = HOLES[hole]
    around = Surroundings(tmp_path)
    given = task(IMPORTS, (TRIED + cell).replace("{folder}", str(tmp_path)) + ("" if "GOT" in cell else ZEROS))
    kept = grade(whole, given)
    monkeypatch.setattr(warm, "NURSERY", PATCHED + patch + "; nursery.main({})")
    with Worker(SMALL) as holed:
        let_through = grade(holed, given)
    assert "GOT" in let_through.said
    if hole == "references":
        assert (kept.points, let_through.points) == (0, 4)
    else:
        assert "REFUSED" in kept.said
        assert "GOT" not in kept.said
    assert SECRET not in kept.said
    assert around.look() == around.before


def test_what_a_child_finds(whole: Worker):
    cell = """
import os, resource
def is_open(descriptor):
    try:
        return bool(os.fstat(descriptor))
    except OSError:
        return False
print("open", sum(map(is_open, range(1000))))
print("session", os.getsid(0) == os.getpid(), "umask", oct(os.umask(0o77)), "home", os.getcwd() == os.environ["HOME"])
kinds = (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)
print("limits", [resource.getrlimit(kind)[1] for kind in kinds])
print("root", os.getuid() == 0, "groups", os.getgroups(), "names", sorted(os.environ))
open("mine", "w").write("x"); print("wrote", open("mine").read(), oct(os.stat("mine").st_mode))
"""
    said = grade(whole, task(IMPORTS, cell + ZEROS)).said
    assert "open 4\n" in said  # the three of every process, and the way back
    assert "session True umask 0o77 home True" in said
    assert f"limits [{SMALL.cpu}, {SMALL.file}, {SMALL.descriptors}, 0]" in said
    assert "wrote x 0o100600" in said
    assert "root False" in said
    assert os.getuid() != 0 or "groups []" in said
    names = "HOME LABKIT_HOME LABKIT_PROFILE MPLBACKEND MPLCONFIGDIR OMP_NUM_THREADS TMPDIR".split()
    assert f"names {names}" in said
