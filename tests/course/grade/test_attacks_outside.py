"""Submissions that reach for what is not theirs: files, processes, memory, the network, the reference.

Each says GOT if it has it, REFUSED if not; the tests look for both, so that an attack that never began is no proof.
"""

from collections.abc import Iterator

import pytest

from course.grade.strangers import IMPORTS, SECRET, SMALL, TRIED, ZEROS, Surroundings, grade, task
from labkit.course.grade.keeper.worker import Worker

LIBC = (
    TRIED
    + """
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    def go():
        result = getattr(libc, name)(*arguments) if isinstance(name, str) else libc.syscall(name, *arguments)
        if result == -1:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result
    tried(str(name), go)
"""
)
REACH = {
    "files of the grader": """
import os, shutil, sqlite3
tried("read", lambda: open("{folder}/gradebook.db").read())
tried("write", lambda: open("{folder}/gradebook.db", "a"))
tried("create", lambda: open("{folder}/new", "w"))
tried("list", lambda: os.listdir("{folder}"))
tried("move", lambda: os.rename("{folder}/gradebook.db", "{folder}/other"))
tried("remove", lambda: os.remove("{folder}/gradebook.db"))
tried("truncate", lambda: os.truncate("{folder}/gradebook.db", 0))
tried("copy", lambda: shutil.copy("{folder}/gradebook.db", "mine"))
tried("sqlite", lambda: sqlite3.connect("{folder}/gradebook.db").execute("select 1 from x"))
tried("tests", lambda: open("{tests}").read())
tried("folder", lambda: os.listdir("/tmp"))
tried("passwords", lambda: open("/etc/passwd").read())
tried("program", lambda: open("/proc/self/exe", "rb").read(4))
""",
    "modes, owners, times, attributes": """
import os
own = "{folder}/gradebook.db"
tried("chmod", lambda: os.chmod(own, 0o777) or 1)
tried("chmod folder", lambda: os.chmod("{folder}", 0o700))
tried("chown", lambda: os.chown(own, os.getuid(), os.getgid()))
tried("times", lambda: os.utime(own, (1, 1)))
tried("attribute", lambda: os.setxattr(own, "user.x", b"1"))
tried("library", lambda: os.chmod(torch.__file__, 0o777))
""",
    "links out of the folder": """
import os
tried("symbolic", lambda: os.symlink("{folder}/gradebook.db", "link"))
tried("hard", lambda: os.link("{folder}/gradebook.db", "link"))
tried("pipe", lambda: os.mkfifo("pipe"))
tried("device", lambda: os.mknod("device", 0o20666, os.makedev(1, 3)))
tried("above", lambda: open("../../{folder}/gradebook.db").read())
tried("through", lambda: open("link").read())
""",
    "the grader's memory": LIBC
    + """
parent, grader = os.getppid(), {grader}
for pid in (parent, grader):
    for name in ("mem", "environ", "maps", "fd", "cwd/gradebook.db", "cmdline"):
        tried(name, lambda: open(f"/proc/{pid}/{name}", "rb").read(10))
    call("ptrace", 16, pid, 0, 0)
    call("process_vm_readv", pid, ctypes.create_string_buffer(16), 1, ctypes.create_string_buffer(16), 1, 0)
    call("kill", pid, 0)
    call(434, pid, 0)
    call(302, pid, 0, ctypes.create_string_buffer(b"\\x01" * 16), None)
call("kill", -1, 0)
call("kill", 0, 0)
""",
    "processes": LIBC
    + """
import multiprocessing, subprocess
for _ in range(10):
    tried("fork", os.fork)
tried("pty", lambda: __import__("pty").fork())
tried("system", lambda: os.system("touch {folder}/SYSTEM") and 1 / 0)
tried("run", lambda: subprocess.run(["/bin/true"]))
tried("exec", lambda: os.execv("/bin/true", ["true"]))
tried("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {}))
tried("pool", lambda: multiprocessing.get_context("fork").Process(target=print).start())
call("vfork")
call(56, 17, 0, 0, 0, 0)
call(56, 0x100 | 17, 0, 0, 0, 0)
call(435, ctypes.create_string_buffer(88), 88)
""",
    "a daemon": LIBC
    + """
tried("session", os.setsid)
tried("group", lambda: os.setpgid(0, 0))
tried("twice", lambda: os.fork() or (os.setsid(), os.fork()))
""",
    "the network": """
import socket, urllib.request
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16, 17, 38, 40):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        tried("socket", lambda: socket.socket(family, kind))
tried("pair", socket.socketpair)
tried("name", lambda: socket.getaddrinfo("example.org", 80))
tried("page", lambda: urllib.request.urlopen("http://127.0.0.1:1/", timeout=1))
tried("server", lambda: socket.create_server(("127.0.0.1", 0)))
""",
    "system calls": LIBC
    + """
for number in map(int, '''
41 42 49 53 54 62 101 105 106 113 117 135 155 160 161 165 166 169 173 175 200 246 248 249
250 251 253 272 279 298 304 308 310 311 312 317 319 321 323 425 426 427 428 430 434 438 440 442
444 445 446 447 452 460 600
'''.split()):
    call(number, 1, 1, 1, 1, 1, 1)
call("prctl", 4, 1, 0, 0, 0)
call("prctl", 1, 0, 0, 0, 0)
call("prctl", 22, 0, 0, 0, 0)
call("prctl", 36, 1, 0, 0, 0)
call("personality", 0x0040000)
call("unshare", 0x10000000)
call("mount", b"none", b"/", b"tmpfs", 0, 0)
call("setuid", 0)
call("setgid", 0)
call("shmget", 1234, 4096, 0o1600)
call("fcntl", 1, 8, os.getppid())
call("fcntl", 1, 10, 9)
call("open", b".", 0o20200002, 0o600)
tried("setrlimit", lambda: __import__("resource").setrlimit(7, (10, 10)))
tried("affinity", lambda: os.sched_setaffinity(os.getppid(), {0}))
tried("priority", lambda: os.setpriority(os.PRIO_USER, 0, 19))
""",
    "the environment": """
import os
tried("names", lambda: {}[",".join(name for name in os.environ if "SECRET" in name or "TOKEN" in name)])
tried("old", lambda: open("/proc/self/environ").read())
tried("stack", lambda: None if b"{secret}" not in __import__("ctypes").string_at(id(os.environ), 64) and 1 / 0 else 1)
""",
    "the reference": """
import gc, importlib, importlib.util, inspect, pathlib, sys
import labkit.nn.attention as room
from labkit.nn.attention import attend as theirs
from labkit.transformers.self_attention import SelfAttention
x = torch.ones(1, 2, 2)
source = pathlib.Path(room.__file__)
tried("call", lambda: theirs(x, x, x))
tried("inside", lambda: SelfAttention(2)(x))
tried("globals", lambda: room.MultiHeadAttention.forward.__globals__["attend"](x, x, x))
tried("heads", lambda: room.multi_head_attend(x, x, x, 1))
tried("reload", lambda: importlib.reload(room))
tried("again", lambda: [sys.modules.pop("labkit.nn.attention"), importlib.import_module("labkit.nn.attention")])
tried("source", lambda: inspect.getsource(theirs).index("softmax"))
tried("file", lambda: source.read_text())
tried("compiled", lambda: pathlib.Path(importlib.util.cache_from_source(str(source))).read_bytes())
tried("loader", lambda: room.__loader__.get_code("labkit.nn.attention"))
tried("spec", lambda: importlib.util.spec_from_file_location("x", source).loader.load_module())
tried("cases", lambda: importlib.import_module("labkit.course.exercises.transformer.attend"))
tried("judge", lambda: importlib.import_module("labkit.course.check.judging"))
tried("solutions", lambda: (source.parents[2] / "solutions" / "07_transformer.py").read_text())
def searched():
    gc.unfreeze()
    made = [f for f in gc.get_objects() if type(f) is type(searched) and f.__name__ in ("attend", "refuse")]
    return [f(x, x, x) for f in made if f.__module__ == "labkit.nn.attention"][0]
tried("memory", searched)
""",
}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_SECRET", SECRET)
        with Worker(SMALL) as made:
            yield made


@pytest.mark.parametrize("name", REACH)
def test_out_of_reach(worker: Worker, tmp_path_factory: pytest.TempPathFactory, name: str):
    import os

    around = Surroundings(tmp_path_factory.mktemp("grader"))
    places = {"{folder}": str(around.folder), "{tests}": __file__, "{secret}": SECRET, "{grader}": str(os.getpid())}
    text = TRIED + REACH[name]
    for word, place in places.items():
        text = text.replace(word, place)
    graded = grade(worker, task(IMPORTS, text, "print('SURVIVED')", text + ZEROS, seconds=1.0))
    around.check(worker)
    assert SECRET not in graded.said
    assert "REFUSED" in graded.said, f"it never began: {graded.said}"
    assert "GOT" not in graded.said
    assert graded.points == 0
    assert graded.seconds < 4.0
