"""`labkit grade` over a class: what it says, what it writes, and what it does a second time."""

import json
import os
from pathlib import Path

import pytest

from course.grade.classes import EXPECTED, count, rows, scores, seed_in, small
from course.grade.standin import HOUR_7, solved, write
from labkit.course.cli import main
from labkit.course.grade import executors, run
from labkit.course.grade.progressbar import Bar
from labkit.course.grade.result import UNSANDBOXED
from labkit.course.grade.worker import UnsupportedError, Worker

pytestmark = pytest.mark.usefixtures("trusting")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


FRESH = ""


def grade(folder: Path, out: Path, *more: str) -> int:
    seed = [] if {"--seed", "--resume", FRESH} & set(more) else ["--seed", "3"]
    return main(["grade", str(folder), "--hour", "7", "--out", str(out), *seed, *(word for word in more if word)])


def test_a_class_is_graded(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture):
    folder = small(tmp_path / "class")
    (folder / "eve.docx").write_bytes(b"x")
    assert grade(folder, out) == 1, "somebody needs a look"
    said, told = capsys.readouterr()
    assert "plain layout, 4 notebooks of hour 7" in said
    assert "10.5 of 13" in said
    assert "look at: eve: eve.docx: this is not a notebook" in said
    assert "4 of 4 graded" in told
    found = rows(out)
    assert list(found[0]) == ["student", "hour", "score", "max_score", *HOUR_7]
    assert found[1] == dict(zip(found[0], ["bob", "7", "10.5", "13", "1.5", "3", "3", "3"], strict=True))
    assert found[4]["student"] == "eve"
    assert found[4]["score"] == "", "no mark is no 0"
    assert {row["student"]: float(row["score"]) for row in found[:4]} == EXPECTED
    assert {path.name for path in (out / "feedback").iterdir()} == {
        f"{s}.{e}" for s in EXPECTED for e in ("html", "md")
    }
    assert "13 of 13 points" in (out / "feedback" / "alice.html").read_text()
    assert json.loads((out / "results" / "bob.json").read_text())["score"] == 10.5


def test_the_report_tells_of_the_class(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture):
    folder = small(tmp_path / "class")
    write(folder / "eve.ipynb", "x", hour=2)
    grade(folder, out)
    text, page = (out / "report.md").read_text(), (out / "report.html").read_text()
    assert "4 graded; mean 7.38, median 8.25, lowest 0, highest 13 of 13 points." in text
    assert "| Scaled dot-product attention (transformer.attend) | 1 (25%) | 1 | 2 | 1.38 of 4 |" in text
    assert "| transformer.attend | The scores are not scaled | 1 |" in text
    assert "eve: eve.ipynb: this is a notebook of hour 2" in text
    assert seed_in(text) == seed_in(page) == seed_in(capsys.readouterr().out)
    pictures = {path.name for path in (out / "report").iterdir()}
    assert pictures == {"hour-7-marks.png", "hour-7-exercises.png", "hour-7-slips.png"}
    for picture in pictures:
        assert f'src="report/{picture}"' in page
        assert (out / "report" / picture).read_bytes().startswith(b"\x89PNG")


def test_names_are_data(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture):
    folder, bad = tmp_path / "class", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\x1b[2Jx", "a..b", "[a](b)"]
    for name in bad:
        write(folder / name.replace("/", "") / "x.ipynb", *solved())
    assert grade(folder, out) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert all(not row["student"].startswith("=") for row in rows(out))
    assert any(row["student"].startswith("'=cmd") for row in rows(out))
    assert {path.parent for path in out.rglob("*") if path.is_file()} == {out, out / "feedback", out / "results",
                                                                         out / "report"}  # fmt: skip
    assert len(list((out / "feedback").glob("*.html"))) == len(bad)
    for page in [*out.rglob("*.html"), *out.rglob("*.md")]:
        assert "<script" not in page.read_text()


def test_several_hours_at_once(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch):
    from labkit.course.registry import all_exercises

    other = {**all_exercises()}
    moved = other[HOUR_7[3]]
    monkeypatch.setitem(all_exercises(), HOUR_7[3], type(moved)(**vars(moved) | {"hour": 2}))
    folder = tmp_path / "class"
    write(folder / "amy" / "a.ipynb", *solved(*HOUR_7[:3]))
    write(folder / "amy" / "b.ipynb", *solved(HOUR_7[3]), hour=2)
    write(folder / "ben" / "b.ipynb", *solved(HOUR_7[3]), hour=2)
    assert main(["grade", str(folder), "--hour", "2", "--hour", "7", "--out", str(out)]) == 0
    found = [(row["student"], row["hour"], row["score"], row["max_score"]) for row in rows(out)]
    assert found == [("amy", "2", "3", "3"), ("amy", "7", "10", "10"), ("ben", "2", "3", "3")]
    assert "Hour 2: 3 of 3" in (out / "feedback" / "amy.md").read_text()
    assert "Hour 7: 10 of 10" in (out / "feedback" / "amy.md").read_text()


def test_a_second_time_nothing_changes(tmp_path: Path, out: Path, trusting: list[str], capsys: pytest.CaptureFixture):
    folder = small(tmp_path / "class")
    grade(folder, out)
    files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file() and "sqlite" not in path.name}
    first = len(trusting)
    for again in (["--resume"], ["--seed", "3"]):
        grade(folder, out, *again)
        assert len(trusting) == first, "nothing is graded twice"
        assert {path: path.read_bytes() for path in files} == files
        assert "0 graded now, 4 found graded already" in capsys.readouterr().out
    write(folder / "carol.ipynb", *solved())
    grade(folder, out, "--resume")
    assert len(trusting) == first + 1, "what has changed is graded again"
    assert scores(out) == EXPECTED | {"carol": 13.0}
    grade(folder, out, FRESH)
    assert len(trusting) > first + 4, "a new run has cases of its own"
    assert scores(out)["alice"] == scores(out)["carol"] == 13.0


def test_a_run_has_one_seed_and_it_is_kept(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture):
    folder = small(tmp_path / "class")
    seeds = set()
    for _ in range(2):
        grade(folder, out, FRESH)
        seeds.add(seed_in(capsys.readouterr().out))
        kept = {json.loads(path.read_text())["extra_data"]["seeds"]["7"] for path in (out / "results").iterdir()}
        assert len(kept) == 1
        assert kept <= seeds
    assert len(seeds) == 2


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


BAD = {
    "no folder": (["nowhere", "--hour", "7"], 1, "there is no nowhere"),
    "an hour without exercises": ([".", "--hour", "3"], 1, "hour 3 has no exercises: there are hours 7"),
    "nothing there": ([".", "--hour", "7"], 1, "there is nothing in ."),
    "nothing to resume": ([".", "--hour", "7", "--resume"], 1, "no run in graded to go on with"),
    "no hour": (["."], 2, "--hour"),
    "no workers": ([".", "--hour", "7", "--workers", "0"], 2, "a number from 1 to 256"),
    "seed and resume": ([".", "--hour", "7", "--seed", "1", "--resume"], 2, "leave --seed out"),
    "an odd executor": ([".", "--hour", "7", "--executor", "ray://x"], 1, "write dask://HOST:PORT"),
    "an odd layout": ([".", "--hour", "7", "--layout", "blackboard"], 2, "invalid choice"),
    "export of nothing": (["export", "--to", "canvas", "."], 1, "there are no results in ."),
    "a zip of no hour": (["gradescope-zip", "--hour", "3"], 1, "hour 3 has no exercises"),
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
