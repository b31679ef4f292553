"""What students hand in besides a notebook under its name: damaged zips, several in one, copies, hidden folders."""

import json
import zipfile
from pathlib import Path

import pytest

from course.grade.standin import notebook, solved
from course.grade.test_intake import grow
from labkit.course.grade.intake.intake import take_in
from labkit.course.grade.paper.submission import read


@pytest.mark.parametrize("place", [30, 60, 90])
def test_a_damaged_zip_costs_itself_a_line(place: int, tmp_path: Path):
    folder = grow(tmp_path / "all", {"alice.ipynb": 0})
    for method, name in ((zipfile.ZIP_DEFLATED, "bob.zip"), (zipfile.ZIP_LZMA, "cleo.zip")):
        with zipfile.ZipFile(folder / name, "w", method) as archive:
            archive.writestr("07.ipynb", json.dumps(notebook(*solved())))
        data = bytearray((folder / name).read_bytes())
        data[place : place + 40] = b"\xff" * 40
        (folder / name).write_bytes(bytes(data))
    intake = take_in(folder, [7])
    assert [item.student for item in intake.items] == ["alice"]
    assert {line.student for line in intake.lines} == {"bob", "cleo"}


def test_a_zip_with_notebooks_of_two_hours_gives_each_its_mark(tmp_path: Path):
    """With the other system's slash, and in capitals."""
    (tmp_path / "all").mkdir()
    with zipfile.ZipFile(tmp_path / "all" / "alice.zip", "w") as archive:
        archive.writestr("week\\07.IPYNB", json.dumps(notebook(*solved())))
        other = '@exercise("rnn.step")\ndef step(x): ...'
        archive.writestr("week/03.ipynb", json.dumps(notebook(other, hour=3)))
    items = take_in(tmp_path / "all", [3, 7]).items
    assert [(item.student, item.hour) for item in items] == [("alice", 3), ("alice", 7)]
    assert [read(item.path, item.member).hour for item in items] == [3, 7]


@pytest.mark.parametrize(
    "copy", ["alice_07_transformer (1)", "alice_07_transformer - Copy", "alice_07_transformer copy"]
)
def test_a_second_copy_is_of_the_same_student(copy: str, tmp_path: Path):
    tree = {"alice_07_transformer.ipynb": 0, f"{copy}.ipynb": 0}
    intake = take_in(grow(tmp_path / "all", tree), [7])
    assert [item.student for item in intake.items] == ["alice"]


def test_a_hidden_folder_is_named(tmp_path: Path):
    intake = take_in(grow(tmp_path / "all", {"bob/x.ipynb": 0, ".alice/x.ipynb": 0, ".git/x.ipynb": 0}), [7])
    assert [str(line) for line in intake.lines] == [".alice: a hidden folder: rename it if it is a student's"]
