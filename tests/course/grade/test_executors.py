"""The same marks from one process, two, and a Dask cluster, with the worker that students' code really runs in."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.grade.classes import count, rows
from course.grade.standin import ROOT, solution_cells, write

SEED = "3"


def sandbox() -> list[str]:
    """What to add where this machine has no sandbox."""
    from labkit.course.grade.keeper.worker import UnsupportedError, Worker

    try:
        with Worker():
            return []
    except UnsupportedError:
        return ["--unsandboxed"]


def strangers(folder: Path) -> Path:
    """Four students whose code stands on its own."""
    right, imports = solution_cells(), "import math\nimport torch"
    write(folder / "alice.ipynb", imports, *right)
    write(folder / "bob.ipynb", imports, right[0].replace(" / math.sqrt(query.shape[-1])", ""), *right[1:])
    write(folder / "carol.ipynb", imports, "this is no Python", right[2] + "\n    (", *right[3:])
    write(folder / "dan.ipynb", imports, "while True:\n    pass", *right[2:][::-1])
    return folder


def grade(folder: Path, out: Path, *more: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "labkit.course.cli", "grade", folder, "--hour", "7", "--seed", SEED, "--out", out]
    done = subprocess.run([*command, *sandbox(), *more], env=environment, capture_output=True, text=True, timeout=240)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A class, and what one process made of it."""
    folder = strangers(tmp_path_factory.mktemp("class"))
    out = tmp_path_factory.mktemp("alone")
    assert grade(folder, out).returncode == 0
    return folder, out


def test_one_process(alone: tuple[Path, Path]):
    assert [(row["student"], row["score"]) for row in rows(alone[1])] == [
        ("alice", "16"), ("bob", "12.5"), ("carol", "6"), ("dan", "9")]  # fmt: skip
    assert "What happens to a softmax" in (alone[1] / "feedback" / "bob.md").read_text()


def test_two_processes(alone: tuple[Path, Path], tmp_path: Path):
    assert grade(alone[0], tmp_path, "--workers", "2").returncode == 0
    assert (tmp_path / "grades.csv").read_bytes() == (alone[1] / "grades.csv").read_bytes()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """A scheduler and two workers, started with Dask's own command line."""
    pytest.importorskip("distributed", reason="Dask's distributed is not installed: nothing is said of a cluster")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__DASHBOARD__LINK": ""}
    host, port = address.split(":")
    quiet = {"cwd": tmp_path, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    started = [subprocess.Popen([*dask, "scheduler", "--host", host, "--port", port, "--no-dashboard"], **quiet)]
    for _ in range(2):
        started.append(subprocess.Popen([*dask, "worker", address, "--nthreads", "1", "--no-dashboard"], **quiet))
    yield address
    for process in started[::-1]:
        process.terminate()
    for process in started:
        process.wait(timeout=30)


def wait_for_workers(address: str, wanted: int) -> None:
    from distributed import Client

    with Client(f"tcp://{address}", timeout="60s") as client:
        end = time.monotonic() + 60
        while len(client.nthreads()) < wanted and time.monotonic() < end:
            time.sleep(0.2)
        assert len(client.nthreads()) == wanted


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_dask_cluster(alone: tuple[Path, Path], cluster: str, tmp_path: Path):
    wait_for_workers(cluster, 2)
    done = grade(alone[0], tmp_path / "out", "--executor", f"dask://{cluster}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "grades.csv").read_bytes() == (alone[1] / "grades.csv").read_bytes()
    assert count(tmp_path / "out", "results") == 4


def test_a_scheduler_that_is_not_there_is_said(alone: tuple[Path, Path], tmp_path: Path, monkeypatch, capsys):
    pytest.importorskip("distributed")
    from labkit.course.cli import main
    from labkit.course.grade.run import executors

    monkeypatch.setattr(executors, "PATIENCE", "1s")
    arguments = ["grade", str(alone[0]), "--hour", "7", "--out", str(tmp_path), "--executor", "dask://127.0.0.1:1"]
    assert main(arguments) == 1
    assert "no Dask scheduler answers at 127.0.0.1:1" in capsys.readouterr().err
