"""What works inside a worker's child, with the usual limits; and what happens around it when something dies."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from course.grade.strangers import IMPORTS, RIGHT, SMALL, ZEROS, children, folders, grade, task
from labkit.course.grade.keeper.worker import Worker


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as made:
        yield made


HONEST = """
import os, tempfile, numpy as np, matplotlib.pyplot as plt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
with tempfile.TemporaryDirectory() as place:
    Path(place, "inner").mkdir()
    torch.save({"weight": torch.ones(3)}, place + "/inner/model.pt")
    assert torch.load(place + "/inner/model.pt")["weight"].sum() == 3
for kind in (tempfile.TemporaryFile, tempfile.NamedTemporaryFile):
    with kind() as file:
        file.write(b"x")
Path("mine").write_text("x"); os.remove("mine")
np.savez("a.npz", a=np.eye(2)); assert np.load("a.npz")["a"].shape == (2, 2)
plt.plot([1, 2]); plt.title("$x^2$"); plt.savefig("a.png"); plt.close()
with ThreadPoolExecutor(4) as pool:
    assert sum(pool.map(abs, range(9))) == 36
torch.set_num_threads(2)
torch.randn(300, 300) @ torch.randn(300, 300)
model = torch.nn.Linear(4, 1); adam = torch.optim.Adam(model.parameters())
model(torch.randn(8, 4)).sum().backward(); adam.step()
from sklearn.linear_model import LinearRegression
LinearRegression().fit(np.eye(3), np.ones(3))
print("ALL DONE")
"""


def test_what_honest_code_does_works_inside(worker: Worker):
    graded = grade(worker, task(IMPORTS, RIGHT + HONEST))
    assert "ALL DONE" in graded.said, graded.said
    assert graded.points == 4


def test_a_warm_process_that_dies_is_replaced(worker: Worker):
    worker.warm.process.kill()
    worker.warm.process.wait()
    assert grade(worker, task(IMPORTS, RIGHT)).points == 4


def test_without_a_sandbox_it_still_cleans_up():
    daemon = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    time.sleep(100)
print("FORKED")
"""
    with Worker(SMALL, sandboxed=False) as made:
        graded = grade(made, task(IMPORTS, daemon + RIGHT))
        assert "FORKED" in graded.said
        assert graded.points == 4
        pid = made.warm.process.pid
        assert not children(pid)
    assert not folders()


def test_without_a_sandbox_the_rest_still_holds():
    """The watcher, the channel, and what is said about closed rooms do not rest on the kernel."""
    threads = """
import time
from threading import Thread
for _ in range(40):
    Thread(target=time.sleep, args=(9,)).start()
"""
    closed = "try:\n    import labkit.course.check.judging\nexcept ImportError as error:\n    print(error)\n"
    forged = """
import os
from labkit.course.grade.wire.channel import write
for descriptor in range(3, 20):
    try:
        os.write(descriptor, write({"id": "another", "status": "missing", "reason": "", "outcomes": []}, []))
    except OSError:
        pass
"""
    with Worker(replace(SMALL, memory=2**33), sandboxed=False) as made:
        assert "more than 16 threads" in grade(made, task(IMPORTS, threads + "time.sleep(9)\n" + ZEROS)).said
        assert "labkit.course.check.judging is not available" in grade(made, task(IMPORTS, closed + ZEROS)).said
        assert "was not asked" in grade(made, task(IMPORTS, forged + ZEROS)).said


KILLED = """
from labkit.course.grade.keeper.worker import Worker
from course.grade.strangers import IMPORTS, SMALL, ZEROS, task
LOOP = "open('mine', 'w').write('x')\\nwhile True:\\n    try:\\n        while True: pass\\n    except: pass"
with Worker(SMALL) as worker:
    print(worker.warm.process.pid, flush=True)
    worker.run(task(IMPORTS, LOOP + ZEROS))
"""


def test_a_grader_that_is_killed_leaves_nothing_behind():
    command = [sys.executable, "-c", KILLED]
    paths = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parents[3])])
    grader = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths})
    with grader:
        warm = int(grader.stdout.readline())
        mine = f"labkit-{grader.pid}-*/mine"
        assert wait_until(lambda: any(Path(tempfile.gettempdir()).glob(mine)))
        (child,) = children(warm)
        grader.kill()
    assert wait_until(lambda: not Path(f"/proc/{child}").exists() and not Path(f"/proc/{warm}").exists())
    assert not list(Path(tempfile.gettempdir()).glob(f"labkit-{grader.pid}-*"))


def wait_until(so: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not so() and time.monotonic() < end:
        time.sleep(0.02)
    return so()
