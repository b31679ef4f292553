"""Gradescope: the zip unpacked and run as its harness does it, and the results that come out."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from course.grade.standin import HOUR_7, StandIn, solution_cells, solved, write
from labkit.course.cli import main
from labkit.course.grade.keeper.worker import UnsupportedError, Worker
from labkit.course.grade.marks.result import UNSANDBOXED
from labkit.course.grade.run import executors, gradescope

# https://gradescope-autograders.readthedocs.io/en/latest/specs/
TOP = {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
       "stdout_visibility", "extra_data", "tests", "leaderboard"}  # fmt: skip
TEST = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags",
        "visibility", "extra_data"}  # fmt: skip
SHOWN = {"hidden", "after_due_date", "after_published", "visible"}


def check(found: dict) -> None:
    """Whether it is what Gradescope reads."""
    assert set(found) <= TOP
    assert {found["visibility"], found["stdout_visibility"]} <= SHOWN
    assert isinstance(found["score"], float)
    assert isinstance(found["output"], str)
    for test in found["tests"]:
        assert set(test) <= TEST
        assert test["status"] in ("passed", "failed")
        assert test["visibility"] in SHOWN
        assert 0 <= test["score"] <= test["max_score"]


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What Gradescope makes of the zip: /autograder, at another place."""
    monkeypatch.chdir(tmp_path)
    assert main(["grade", "gradescope-zip", "--hour", "7"]) == 0
    root = tmp_path / "autograder"
    for name in ("source", "results", "submission"):
        (root / name).mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        for info in archive.infolist():
            path = Path(archive.extract(info, root / "source"))
            path.chmod(info.external_attr >> 16 & 0o777)
    monkeypatch.setenv("LABKIT_AUTOGRADER", str(root))
    return root


def results(root: Path) -> dict:
    found = json.loads((root / "results" / "results.json").read_text())
    check(found)
    return found


def test_the_zip_has_what_gradescope_wants_at_its_root(container: Path):
    source = container / "source"
    for script in ("setup.sh", "run_autograder"):
        assert os.access(source / script, os.X_OK)
        assert (source / script).read_bytes().startswith(b"#!/usr/bin/env bash\n")
        assert subprocess.run(["bash", "-n", source / script]).returncode == 0
    assert (source / "labkit" / "course" / "grade" / "run" / "gradescope.py").is_file()
    assert (source / "labkit" / "catalogue.toml").is_file()
    assert not list(source.rglob("*.ipynb")), "no solution travels with it"
    assert not list(source.rglob("__pycache__"))


def test_the_same_kit_makes_the_same_zip(container: Path, tmp_path: Path):
    first = (tmp_path / "autograder.zip").read_bytes()
    assert main(["grade", "gradescope-zip", "--hour", "7"]) == 0
    assert (tmp_path / "autograder.zip").read_bytes() == first
    assert main(["grade", "gradescope-zip", "--hour", "7", "--index", "x\"; rm -rf '"]) == 1


def test_it_runs_there(container: Path):
    """As the harness does it: run_autograder copied out of the source, and called in /autograder."""
    write(container / "submission" / "my work.ipynb", "import math\nimport torch", *solution_cells()[:2])
    environment = os.environ | {"LABKIT_PYTHON": sys.executable}
    done = subprocess.run([container / "source" / "run_autograder"], cwd=container, env=environment,
                          capture_output=True, text=True, timeout=240)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = results(container)
    assert found["score"] == 7.0
    assert [test["score"] for test in found["tests"]] == [4.0, 3.0, 0.0, 0.0, 0.0]
    assert [HOUR_7[i] in test["name"] for i, test in enumerate(found["tests"])] == [True] * 5
    assert found["extra_data"]["max_score"] == 16.0
    labelled = UNSANDBOXED in found["output"]
    assert labelled != found["extra_data"]["sandboxed"]


def test_without_a_sandbox_it_grades_and_says_so(container: Path, monkeypatch: pytest.MonkeyPatch):
    class Contained(StandIn):
        def __enter__(self) -> Worker:
            if self.sandboxed:
                raise UnsupportedError("no Landlock in this container")
            return self

    monkeypatch.setattr(executors, "Worker", Contained)
    executors.warm.cache_clear()
    write(container / "submission" / "x.ipynb", *solved())
    assert gradescope.main() == 0
    executors.warm.cache_clear()
    found = results(container)
    assert found["score"] == 16.0
    assert UNSANDBOXED in found["output"]
    assert found["extra_data"]["sandboxed"] is False


@pytest.mark.parametrize("what", ["nothing", "an essay", "another hour", "two", "no notebook"])
def test_whatever_is_handed_in_there_is_a_result(what: str, container: Path, trusting: list[str]):
    folder = container / "submission"
    if what == "an essay":
        (folder / "essay.pdf").write_bytes(b"x")
    if what == "another hour":
        write(folder / "x.ipynb", "x = 1", hour=3)
    if what == "two":
        write(folder / "a.ipynb", *solved())
        write(folder / "b.ipynb", *solved(), "# changed")
    if what == "no notebook":
        (folder / "x.ipynb").write_bytes(b"\xff\xfe")
    assert gradescope.main() == 0
    found = results(container)
    assert found["score"] == 0.0
    assert "no notebook that could be graded" in found["output"]
    assert trusting == []
