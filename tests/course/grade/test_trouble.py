"""`labkit grade` when something is wrong: it says so in a line, and nothing that was done is lost."""

import os
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from course.grade.classes import EXPECTED, count, rows, scores, small
from labkit.course.cli import main
from labkit.course.grade.keeper.worker import UnsupportedError, Worker
from labkit.course.grade.marks.result import UNSANDBOXED
from labkit.course.grade.run import batch, executors, run
from labkit.course.grade.run.progressbar import Bar

pytestmark = pytest.mark.usefixtures("trusting")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def grade(folder: Path, out: Path, *more: str) -> int:
    seed = [] if "--resume" in more else ["--seed", "3"]
    return main(["grade", str(folder), "--hour", "7", "--out", str(out), *seed, *more])


def test_without_isolation_it_refuses_or_says_so(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    class Unsupported(executors.Worker):
        def __enter__(self) -> Worker:
            if self.sandboxed:
                raise UnsupportedError("this kernel has no Landlock")
            return self

    monkeypatch.setattr(executors, "Worker", Unsupported)
    folder = small(tmp_path / "class")
    assert grade(folder, out) == 1
    error = capsys.readouterr().err
    assert "this kernel has no Landlock" in error
    assert "--unsandboxed" in error
    assert not (out / "grades.csv").exists()
    assert grade(folder, out, "--unsandboxed") == 0
    assert UNSANDBOXED in capsys.readouterr().out
    assert {row["isolation"] for row in rows(out)} == {UNSANDBOXED}
    for path in [*out.glob("report.*"), *(out / "feedback").iterdir(), *(out / "results").iterdir()]:
        assert UNSANDBOXED in path.read_text(), path
    assert grade(folder, out, "--resume") == 1
    assert "--unsandboxed" in capsys.readouterr().err


def test_a_full_disk_while_pages_are_written_is_said(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    def full(*arguments: object) -> None:
        raise OSError(28, os.strerror(28))

    folder = small(tmp_path / "class")
    with monkeypatch.context() as patch:
        patch.setattr(run, "write_feedback", full)
        assert grade(folder, out) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert grade(folder, out, "--resume") == 0
    assert scores(out) == EXPECTED
    assert count(out, "results") == 4


def test_a_fault_of_the_grader_is_a_line_and_costs_nobody_else(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    folder, right = small(tmp_path / "class"), executors.grade_for

    def faulty(student: tuple[str, str], *arguments: object, **more: object):
        if student[0] == "bob":
            raise ZeroDivisionError("a bug")
        return right(student, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(executors, "grade_for", faulty)
        assert grade(folder, out) == 1
    assert "look at: bob: bob.ipynb: the grader itself failed on it" in capsys.readouterr().out
    assert {row["student"]: row["score"] for row in rows(out)}["bob"] == ""
    assert grade(folder, out, "--resume") == 0
    assert scores(out) == EXPECTED


def test_a_process_that_is_killed_is_said(tmp_path: Path, out: Path, monkeypatch, capsys: pytest.CaptureFixture):
    def killed(work: executors.Work) -> None:
        raise BrokenProcessPool("a process was terminated abruptly")

    folder = small(tmp_path / "class")
    with monkeypatch.context() as patch:
        patch.setattr(batch, "perform", killed)
        assert grade(folder, out) == 1
    assert "run again with --resume, and with fewer --workers" in capsys.readouterr().err
    assert grade(folder, out, "--resume") == 0
    assert scores(out) == EXPECTED


BAD = {
    "no folder": (["nowhere", "--hour", "7"], 1, "there is no nowhere"),
    "an hour without exercises": ([".", "--hour", "33"], 1, "hour 33 has no exercises: there are hours 1, 2"),
    "nothing there": ([".", "--hour", "7"], 1, "there is nothing in ."),
    "nothing to resume": ([".", "--hour", "7", "--resume"], 1, "no run in graded to go on with"),
    "no hour": (["."], 2, "--hour"),
    "no workers": ([".", "--hour", "7", "--workers", "0"], 2, "a number from 1 to 256"),
    "seed and resume": ([".", "--hour", "7", "--seed", "1", "--resume"], 2, "leave --seed out"),
    "an odd executor": ([".", "--hour", "7", "--executor", "ray://x"], 1, "write dask://HOST:PORT"),
    "an odd layout": ([".", "--hour", "7", "--layout", "blackboard"], 2, "invalid choice"),
    "export of nothing": (["export", "--to", "canvas", "."], 1, "there are no results in ."),
    "a zip of no hour": (["gradescope-zip", "--hour", "33"], 1, "hour 33 has no exercises"),
}


@pytest.mark.parametrize("name", BAD)
def test_errors_are_one_line(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    arguments, code, words = BAD[name]
    monkeypatch.chdir(tmp_path)
    if "resume" in name or "executor" in name:
        small(tmp_path)
    try:
        found = main(["grade", *arguments])
    except SystemExit as stopped:
        found = stopped.code
    error = capsys.readouterr().err
    assert (found, words in error) == (code, True), error
    assert "Traceback" not in error
    if code == 1:
        assert error.startswith("labkit: ")
        assert error.count("\n") == 1


def test_the_progress_bar(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch):
    with Bar(3) as bar:
        bar.said -= 60
        bar.start -= 60
        for done in range(1, 4):
            bar.tell(done, 3)
    assert capsys.readouterr().err.split("\n") == ["1 of 3 graded, about 2 min left", "3 of 3 graded in 60 s", ""]
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with Bar(2) as bar:
        bar.tell(2, 2)
    assert "2/2" in capsys.readouterr().err
