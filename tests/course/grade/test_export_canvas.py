"""Canvas: which assignment is meant, and what is left as it is."""

from pathlib import Path

import pytest

from course.grade.test_export import CANVAS, MOODLE, export, template

TITLE = "Hour 7. Attention and the Transformer (5002)"


@pytest.mark.parametrize(("head", "more"), [(TITLE, []), ("Homework 7 (5002)", ["--column", "Homework 7"])])
def test_canvas_finds_the_assignment_by_its_title(head: str, more: list, out: Path, tmp_path: Path, capsys):
    rows = export(out, "canvas", *template(tmp_path, CANVAS.replace("Hour 7: Transformer (102)", head)), *more)
    assert rows[0][-1] == head
    assert "new" not in capsys.readouterr().err


def test_a_new_assignment_in_canvas_is_never_silent(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    rows = export(out, "canvas", *template(tmp_path, CANVAS.replace("Hour 7: Transformer (102)", "Hour 70 (102)")))
    assert rows[0][-1] == "Hour 7"
    assert "no assignment 'Hour 7': the import will make a new one" in capsys.readouterr().err


def test_who_is_excused_stays_so(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    rows = export(out, "canvas", *template(tmp_path, CANVAS.replace("8.00,3.00", "8.00,EX")))
    assert [row[-1] for row in rows[2:]] == ["26.00", "EX", ""]
    assert "Roe, Jo: excused in Canvas" in capsys.readouterr().err


def test_a_long_field_ends_no_export(out: Path, tmp_path: Path):
    rows = export(out, "moodle", *template(tmp_path, MOODLE.replace("jane@example.org", "j" * 200_000)))
    assert rows[1][4] == "100.00"
