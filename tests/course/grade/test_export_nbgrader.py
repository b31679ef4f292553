"""Marks for nbgrader: the columns of its own export, and its gradebook, filled in."""

import csv
import os
import sys
from pathlib import Path

import pytest

from course.grade.standin import HOUR_7, POINTS
from course.grade.test_export import keep, result
from labkit.course.cli import main


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return keep(tmp_path / "out", result("doejane 4711", "4711", 1.0), result("roejo 4712", "4712", 0.5))


def test_nbgraders_columns(out: Path):
    from nbgrader.plugins import CsvExportPlugin

    assert main(["grade", "export", "--to", "nbgrader", str(out), "--column", "07_transformer"]) == 0
    rows = list(csv.reader((out / "nbgrader-hour-7.csv").read_text().splitlines()))
    made = out / "theirs.csv"

    class Nobody:
        assignments = students = ()

    CsvExportPlugin(to=str(made)).export(Nobody())
    assert rows[0] == made.read_text().strip().split(",")
    assert dict(zip(*rows[:2], strict=True))["score"] == "16.0"
    assert rows[2][0] == "07_transformer"


@pytest.fixture
def gradebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gradebook as `nbgrader generate_assignment` leaves it."""
    from nbgrader.api import Gradebook

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # where alembic is
    path = tmp_path / "gradebook.db"
    with Gradebook(f"sqlite:///{path}") as book:
        book.add_assignment("07_transformer")
        book.add_notebook("07_transformer", "07_transformer")
        for id in HOUR_7:
            name = f"{id.replace('.', '-')}-checks"
            book.add_grade_cell(name, "07_transformer", "07_transformer", max_score=POINTS[id], cell_type="code")
    return path


@pytest.mark.filterwarnings("ignore:Object of type")  # of nbgrader's own
def test_nbgraders_gradebook(out: Path, gradebook: Path, capsys: pytest.CaptureFixture):
    from nbgrader.api import Gradebook

    before = gradebook.read_bytes()
    asked = ["grade", "export", "--to", "nbgrader", str(out), "--template", str(gradebook)]
    assert main(asked) == 0
    assert main([*asked, "--column", "other"]) == 1
    assert "no assignment 'other' with the cells of hour 7" in capsys.readouterr().err
    assert gradebook.read_bytes() == before, "a copy is filled"
    with Gradebook(f"sqlite:///{out / 'nbgrader-hour-7.db'}") as book:
        found = {student: book.find_submission("07_transformer", student) for student in ("4711", "4712")}
        assert {student: (sub.score, sub.max_score) for student, sub in found.items()} == {
            "4711": (16.0, 16.0), "4712": (8.0, 16.0)}  # fmt: skip
        assert not any(sub.needs_manual_grade for sub in found.values())
