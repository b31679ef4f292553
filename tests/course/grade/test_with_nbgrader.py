"""nbgrader's own way from release to marks, with our checks in its graded cells; and our marks of the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course.grade.classes import rows
from labkit.course.cli import main
from labkit.course.press.build import Course, for_nbgrader
from labkit.course.press.source import parse

NAME, EXERCISE = "07_small", "transformer.positions"


def nbgrader(folder: Path, *arguments: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "LABKIT_PROGRESS": "off", "IPYTHONDIR": str(folder / ".ipython")}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def hand_in(folder: Path, student: str, answer: str) -> None:
    """The released notebook with an answer in it, as nbgrader collects it."""
    released = json.loads((folder / "release" / NAME / f"{NAME}.ipynb").read_text())
    cell = next(cell for cell in released["cells"] if "@exercise" in "".join(cell["source"]))
    cell["source"] = answer
    path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(released))


@pytest.mark.slow
def test_autograde_gives_the_points_that_labkit_gives(built: Course, tmp_path: Path, trusting: list[str]):
    from nbgrader.api import Gradebook

    for_nbgrader(built, *built.sources(), tmp_path)
    nbgrader(tmp_path, "generate_assignment", NAME, "--create")
    solution = next(cell.text for cell in parse(built.sources()[0]).cells if "exercise" in cell.options)
    slip = solution.replace("arange(0, width, 2)", "arange(0, width // 2)")
    for student, answer in (("right", solution), ("half", slip)):
        assert student == "right" or answer != solution, "the slip is made"
        hand_in(tmp_path, student, answer)
    nbgrader(tmp_path, "autograde", NAME)
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        theirs = {student: book.find_submission(NAME, student).score for student in ("right", "half")}
    assert main(["grade", str(tmp_path), "--hour", "7", "--out", str(tmp_path / "out")]) == 0
    ours = {row["student"]: float(row[EXERCISE]) for row in rows(tmp_path / "out")}
    assert ours == theirs
    assert theirs["right"] == 3.0
    assert 0.0 < theirs["half"] < 3.0
