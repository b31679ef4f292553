"""Marks in the formats of other systems, beside samples written as those systems write them."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from course.grade.standin import HOUR_7, POINTS
from course.grade.test_store import NOTE
from labkit.course.cli import main
from labkit.course.grade.export.directory import Asked, Directory
from labkit.course.grade.export.sheets import Sheet, points_of, scaled
from labkit.course.grade.marks.result import UNSANDBOXED, Mark, Result
from labkit.course.grade.marks.store import Store

CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Essay (101),Hour 7: Transformer (102),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,10.00,26.00,(read only)
"Doe, Jane",4711,S1,jane,"Monday, early",9.00,,81
"Roe, Jo",4712,S2,jo,Tuesday,8.00,3.00,70
"New, Ned",4713,S3,ned,Tuesday,,,
"""
MOODLE = """\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 4711","Jane Doe",jane@example.org,"Submitted for grading",,100.00,Yes,"Monday, 3 March 2025, 9:12 AM",-,
"Participant 4712","Jo Roe",jo@example.org,"Submitted for grading",5.00,100.00,No,-,-,
"Participant 4713","Ned New",ned@example.org,"No submission",,100.00,Yes,-,-,
"""
CLASSROOM = """assignment_name,assignment_url,starter_code_url,github_username,roster_identifier,\
student_repository_name,student_repository_url,submission_timestamp,points_awarded,points_available
hour-7,u,s,4711,Jane,hour-7-4711,r,2025-03-03 09:12:00 UTC,0,0
hour-7,u,s,4713,Ned,hour-7-4713,r,2025-03-03 09:12:00 UTC,0,0
"""


def result(student: str, identity: str, share: float, sandboxed: bool = True) -> Result:
    marks = tuple(Mark(id, id, POINTS[id] * share, POINTS[id], "", "", NOTE) for id in HOUR_7)
    return Result(student, identity, 7, student, 5, sandboxed, 0.1, marks)


def keep(out: Path, *results: Result) -> Path:
    with Store(out / "grades.sqlite") as store:
        run = store.begin(5, [7], "v", results[0].sandboxed)
        store.finish(run, [store.save(run, one) for one in results])
    return out


def export(out: Path, to: str, *more: str) -> list[list[str]]:
    assert main(["grade", "export", "--to", to, str(out), *more]) == 0
    return list(csv.reader(io.StringIO((out / f"{to}-hour-7.csv").read_text("utf-8-sig"), newline="")))


def template(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "template.csv").write_text(text, encoding="utf-8", newline="")
    return ["--template", str(tmp_path / "template.csv")]


def test_canvas_gradebook_with_its_template(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    head, most, *students = export(out, "canvas", *template(tmp_path, CANVAS))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Hour 7: Transformer (102)"]
    assert most == ["    Points Possible", "", "", "", "", "26.00"]
    assert students == [["Doe, Jane", "4711", "S1", "jane", "Monday, early", "26.00"],
                        ["Roe, Jo", "4712", "S2", "jo", "Tuesday", "13.00"],
                        ["New, Ned", "4713", "S3", "ned", "Tuesday", ""]]  # fmt: skip
    assert "scaled from 16 to 26" in capsys.readouterr().err
    assert (out / "canvas-hour-7.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "as it came"


def test_canvas_knows_students_by_their_login_too(tmp_path: Path, capsys: pytest.CaptureFixture):
    out = keep(tmp_path / "out", result("jane", "jane", 1.0), result("Jo Roe", "Jo Roe", 1.0), result("x", "x", 1.0))
    rows = export(out, "canvas", *template(tmp_path, CANVAS.replace(",", ";").replace('"Doe; Jane"', '"Doe, Jane"')))
    assert "x: not found in" in capsys.readouterr().err
    text = (out / "canvas-hour-7.csv").read_text("utf-8-sig")
    assert rows
    assert text.splitlines()[2].endswith(";26.00"), "semicolons stay semicolons"


def test_canvas_without_a_template(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    head, most, *students = export(out, "canvas", "--column", "Week 7")
    assert head[0] == "Student"
    assert head[-1] == "Week 7"
    assert [most[0].strip(), most[-1]] == ["Points Possible", "16"]
    assert [row[1:2] + row[-1:] for row in students] == [["4711", "16"], ["4712", "8"]]
    keep(tmp_path / "named", result("jane", "jane", 1.0))
    assert main(["grade", "export", "--to", "canvas", str(tmp_path / "named")]) == 1
    assert "--template" in capsys.readouterr().err


def test_canvas_asks_which_of_two(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    two = template(tmp_path, CANVAS.replace("Essay (101)", "Hour 7 quiz (101)"))
    assert main(["grade", "export", "--to", "canvas", str(out), *two]) == 1
    assert "say which with --column" in capsys.readouterr().err
    assert export(out, "canvas", *two, "--column", "Hour 7 quiz (101)")[2][-1] == "10.00"


def test_moodles_worksheet_is_filled_in_and_nothing_else_changes(out: Path, tmp_path: Path, capsys):
    before = list(csv.reader(io.StringIO(MOODLE.lstrip("\ufeff"), newline="")))
    after = export(out, "moodle", *template(tmp_path, MOODLE))
    assert after[1][4] == "100.00"
    assert "role=" in after[1][9], "the feedback that the student reads"
    for row in (after[1], before[1]):
        row[4] = row[9] = ""
    assert after == before, "who may not be changed, and who is not here, stay as they were"
    said = capsys.readouterr().err
    assert "roejo 4712: Moodle does not let this grade be changed" in said
    assert "scaled from 16 to 100.00" in said


def test_moodle_without_its_worksheet_is_refused(out: Path, capsys: pytest.CaptureFixture):
    assert main(["grade", "export", "--to", "moodle", str(out)]) == 1
    assert "give it as --template" in capsys.readouterr().err


def test_github_classroom(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    keep(out, result("4711", "4711", 1.0), result("4712", "4712", 0.5))
    rows = export(out, "classroom", *template(tmp_path, CLASSROOM))
    assert [row[-2:] for row in rows[1:]] == [["16", "16"], ["0", "0"]]
    assert "4712: not found" in capsys.readouterr().err
    assert export(out, "classroom")[0] == rows[0]
    told = json.loads((out / "classroom-hour-7-autograding" / "4712.json").read_text())
    assert (told["version"], told["status"], told["max_score"]) == (1, "fail", 16.0)
    assert sum(test["score"] for test in told["tests"]) == 8
    assert {test["status"] for test in told["tests"]} == {"fail"}


@pytest.mark.parametrize("to", ["canvas", "moodle", "classroom"])
@pytest.mark.parametrize("text", ["", "a,b,c\n1,2,3\n"])
def test_a_template_of_something_else_is_refused(to: str, text: str, out: Path, tmp_path: Path, capsys):
    assert main(["grade", "export", "--to", to, str(out), *template(tmp_path, text)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("labkit: ")
    assert error.count("\n") == 1


def test_odds_and_ends(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "latin.csv").write_bytes(b"Student,\xe9")
    for more, words in ((["--template", str(tmp_path / "latin.csv")], "is not UTF-8"), (["--hour", "2"], "of hour 2"),
                        (["--template", str(tmp_path / "no.csv")], "No such file")):  # fmt: skip
        assert main(["grade", "export", "--to", "canvas", str(out), *more]) == 1
        assert words in capsys.readouterr().err
    same = shutil.copy(tmp_path / "latin.csv", out / "canvas-hour-7.csv")
    assert main(["grade", "export", "--to", "canvas", str(out), "--template", str(same)]) == 1
    assert "is the template itself" in capsys.readouterr().err
    unsafe = keep(tmp_path / "unsafe", result("=1+1", "=1+1", 1.0, sandboxed=False))
    rows = export(unsafe, "nbgrader")
    assert rows[1][3] == "'=1+1"
    assert UNSANDBOXED in capsys.readouterr().err
    assert [points_of(text) for text in ("10", "10,5", "x", "", "0", "-1", "inf", "nan")] == [10, 10.5] + [None] * 6
    assert [scaled(result("a", "a", 0.5), most) for most in ("100", "", "x")] == ["50.00", "8.00", "8.00"]


def test_two_students_of_one_name_are_not_guessed():
    twins = Directory([result("Jane Doe 1", "1", 1.0), result("Jane Doe 2", "2", 0.5)])
    named = [Asked(names=("Jane Doe",)), Asked(numbers=("2",), names=("Doe, Jane",))]
    assert [found and found.score for found in twins.match(named)] == [16.0, 8.0], "the number leaves one of each"
    twins = Directory([result("Jane Doe 1", "1", 1.0), result("Jane Doe 2", "2", 0.5)])
    assert twins.match([Asked(names=("Jane Doe",))]) == [None]
    assert "Jane Doe 1 and Jane Doe 2" in twins.said[0]
    assert twins.left() == ["Jane Doe 1", "Jane Doe 2"]
    assert Sheet([["Student", " Grade "]]).column("grade") == 1
