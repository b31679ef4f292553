"""Submissions that do not end, or want everything: each ends at its own limit, with an exercise beside it unharmed."""

import platform
from collections.abc import Iterator
from dataclasses import replace

import pytest

from course.grade.strangers import ATTEND, IMPORTS, SMALL, TRIED, ZEROS, Surroundings, grade, task
from labkit.course.grade.keeper.worker import Worker
from labkit.course.grade.limits import MEGABYTE

POSITIONS = "transformer.positions"
WAVES = """
@exercise("transformer.positions")
def waves(length, width):
    angle = torch.arange(length)[:, None] / 10_000 ** (torch.arange(0, width, 2) / width)
    return torch.stack([angle.sin(), angle.cos()], -1).reshape(length, width)
"""
HEAD = '@exercise("transformer.attend")\ndef attend(query, key, value, mask=None):\n'
DEAF = """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.setitimer(signal.ITIMER_REAL, 0)
"""
GREEDY = {  # cell -> what the grader says of it
    "leaves by the door": ("import sys\n" + HEAD + "    sys.exit('said')", "SystemExit"),
    "leaves by the window": ("import os\nos._exit(0)\n" + ZEROS, "ended before it had answered"),
    "leaves in the answer": (HEAD + "    import os\n    os._exit(0)", "ended before it had answered"),
    "crashes": ("import ctypes\nctypes.string_at(0)\n" + ZEROS, "SIGSEGV"),
    "aborts": ("import os\nos.abort()\n" + ZEROS, "SIGABRT"),
    "a loop": ("while True:\n    pass\n" + ZEROS, "did not finish"),
    "a loop in the answer": (HEAD + "    while True:\n        pass", "did not finish"),
    "a loop that hears no signal": (DEAF + "while True:\n    pass\n" + ZEROS, "did not finish in time"),
    "a loop that catches everything": (
        HEAD + "    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "did not finish",
    ),
    "a loop in a class body": ("class Loop:\n    while True:\n        pass\n" + ZEROS, "did not finish"),
    "a loop in C": ("sum(range(10**13))\n" + ZEROS, "did not finish"),
    "asleep": ("import time\ntime.sleep(1000)\n" + ZEROS, "did not finish"),
    "8 GB": (TRIED + """
tried("bytes", lambda: len(bytearray(8 * 2**30)))
tried("tensor", lambda: torch.ones(2**31))
tried("map", lambda: __import__("mmap").mmap(-1, 8 * 2**30))
tried("pieces", lambda: [bytearray(50_000_000) for _ in range(160)])
tried("limits", lambda: __import__("resource").setrlimit(9, (2**40, 2**40)))
""" + ZEROS, "REFUSED"),
    "one large file": (TRIED + """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
tried("file", lambda: [file.write(b"x" * 2**20) for file in [open("file", "wb", 0)] for _ in range(100)])
tried("reserve", lambda: __import__("os").posix_fallocate(open("two", "wb").fileno(), 0, 10**9))
""" + ZEROS, "REFUSED"),
    "many large files": ("""
import time
for i in range(60):
    open(f"file{i}", "wb").write(b"x" * 3 * 2**20)
time.sleep(60)
""" + ZEROS, "more than 8 MB"),
    "many small files": ("import time\nfor i in range(3000):\n    open(str(i), 'w')\ntime.sleep(60)\n" + ZEROS,
                         "100 files"),
    "folders without end": ("""
import os, time
for i in range(3000):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
time.sleep(60)
""" + ZEROS, "100 files"),
    "locked folders": ("import os\nos.makedirs('a/b')\nopen('a/b/c', 'w')\nos.mkdir('no', 0)\nprint('MADE')\n" + ZEROS,
                       "MADE"),
    "files that nobody sees": (TRIED + """
import os, tempfile
tried("unnamed", lambda: os.open(".", os.O_TMPFILE | os.O_RDWR))
open("seen", "w")
tried("removed", lambda: 1 / (1 + __import__("ctypes").CDLL(None).unlink(b"seen")))
tried("memory", lambda: os.memfd_create("x"))
tried("shared", lambda: open("/dev/shm/x", "w"))
""" + ZEROS, "REFUSED"),
    "100 MB of prints": ("for _ in range(100):\n    print('x' * 1_000_000)\n" + ZEROS, "xxxx"),
    "prints without end": (HEAD + "    while True:\n        __import__('os').write(1, b'y' * 1_000_000)",
                           "did not finish"),
    "threads that go on": ("""
import threading, time, os
def on():
    while True:
        try:
            time.sleep(0.01)
            open(f"late{time.time_ns()}", "w").write("x")
        except BaseException:
            pass
for _ in range(3):
    threading.Thread(target=on, daemon=False).start()
print("STARTED")
""" + ZEROS, "STARTED"),
    "threads without end": ("""
import threading, time
for _ in range(200):
    threading.Thread(target=time.sleep, args=(60,)).start()
time.sleep(60)
""" + ZEROS, "thread"),
    "last words": ("import atexit\natexit.register(lambda: print('GOT it'))\nprint('said')\n" + ZEROS, "said"),
    "descriptors without end": (TRIED + "import os\ntried('it', lambda: [os.open('.', 0) for _ in range(500)])\n"
                                + ZEROS, "REFUSED"),
}  # fmt: skip
if platform.machine() == "x86_64":
    GREEDY["the calls of another machine"] = ("""
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3]))  # mov eax, 20; int 0x80; ret: getpid as 32-bit programs ask
print("GOT", ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))(), flush=True)
""" + ZEROS, "SIGSYS")  # fmt: skip
    GREEDY["the other calls of this machine"] = ("""
import ctypes
print("GOT", ctypes.CDLL(None).syscall(0x40000000 + 39), flush=True)
""" + ZEROS, "SIGSYS")  # fmt: skip


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(replace(SMALL, memory=512 * MEGABYTE)) as made:
        yield made


@pytest.mark.parametrize("name", GREEDY)
def test_each_ends_at_its_own_limit(worker: Worker, tmp_path_factory: pytest.TempPathFactory, name: str):
    around, warm = Surroundings(tmp_path_factory.mktemp("grader")), worker.warm.process.pid
    cell, expected = GREEDY[name]
    graded = grade(worker, task(IMPORTS, cell, WAVES, ids=(ATTEND, POSITIONS), seconds=1.0))
    around.check(worker)
    assert warm == worker.warm.process.pid, "the warm process is another one"
    assert graded.seconds < SMALL.wall, "it delayed the others"
    problems = [outcome.problem.sentence() for outcome in graded.attempts[ATTEND].outcomes if outcome.problem]
    said = graded.attempts[ATTEND].output + graded.attempts[ATTEND].reason + " ".join(problems)
    assert expected in said
    assert "GOT" not in said
    assert len(graded.attempts[ATTEND].output) <= SMALL.output
    assert ATTEND not in graded.reports or graded.reports[ATTEND].points == 0
    assert graded.reports[POSITIONS].points == graded.reports[POSITIONS].exercise.points, "its neighbor has paid for it"
