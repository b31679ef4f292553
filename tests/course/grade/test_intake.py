"""Every layout of submissions, and a line for everything that cannot be graded."""

import os
from pathlib import Path

import pytest

from course.grade.standin import solved, write
from labkit.course.grade.errors import GradingError
from labkit.course.grade.intake.intake import take_in
from labkit.course.grade.intake.layouts import LAYOUTS
from labkit.course.grade.intake.names import cell, file_name, for_markdown, readable

HOUR = "07_transformer.ipynb"
TREES = {
    "plain": {"alice.ipynb": ("alice", "alice"), "bob_07_transformer.ipynb": ("bob", "bob"),
              "Zoë van Dam/work/my notebook.ipynb": ("Zoë van Dam", "Zoë van Dam")},
    "nbgrader": {f"submitted/alice/07_transformer/{HOUR}": ("alice", "alice"),
                 f"submitted/bob/07_transformer/{HOUR}": ("bob", "bob")},
    "canvas": {"doejane_4711_99001_07_transformer.ipynb": ("doejane 4711", "4711"),
               "roejo_LATE_4712_99002_07_transformer-2.ipynb": ("roejo 4712", "4712"),
               "anon_Ab3dE_99003_x.ipynb": ("anon Ab3dE", "Ab3dE")},
    "moodle": {f"Jane Doe_123456_assignsubmission_file/{HOUR}": ("Jane Doe 123456", "123456"),
               f"Jo_hn Roe_123457_assignsubmission_file_/work/{HOUR}": ("Jo_hn Roe 123457", "123457"),
               f"Participant_123458_assignsubmission_file_{HOUR}": ("Participant 123458", "123458")},
    "classroom": {f"hour-7-alice/{HOUR}": ("alice", "alice"), f"hour-7-bob-lee/{HOUR}": ("bob-lee", "bob-lee"),
                  f"hour-7-amy/{HOUR}": ("amy", "amy")},
}  # fmt: skip


def grow(folder: Path, tree: dict) -> Path:
    for name in tree:
        write(folder / name, *solved())
    return folder


@pytest.mark.parametrize("layout", TREES)
def test_a_layout_is_recognised_and_says_whose_is_what(layout: str, tmp_path: Path):
    intake = take_in(grow(tmp_path / "all", TREES[layout]), [7])
    assert intake.layout == layout
    found = {str(item.path.relative_to(tmp_path / "all")): (item.student, item.identity) for item in intake.items}
    assert found == TREES[layout]
    assert [item.hour for item in intake.items] == [7] * len(found)
    assert intake.lines == []


def test_a_folder_above_submitted_and_one_below_are_nbgraders(tmp_path: Path):
    course = grow(tmp_path / "course", TREES["nbgrader"])
    for folder in (course, course / "submitted"):
        intake = take_in(folder, [7])
        assert (intake.layout, [item.student for item in intake.items]) == ("nbgrader", ["alice", "bob"])


def test_a_clone_of_github_names_the_assignment(tmp_path: Path):
    tree = {f"hour-7-ann-a/{HOUR}": 0, f"hour-7-ann-b/{HOUR}": 0}
    intake = take_in(grow(tmp_path / "hour-7-submissions", tree), [7])
    assert [item.student for item in intake.items] == ["ann-a", "ann-b"]
    two = {"hour-7-submissions/hour-7-ann-a/x.ipynb": 0, "hour-2-submissions/hour-2-ann-b/x.ipynb": 0}
    intake = take_in(grow(tmp_path / "both", two), [7], layout="classroom")
    assert [item.student for item in intake.items] == ["ann-a", "ann-b"]


def test_the_newest_of_canvas_files_counts(tmp_path: Path):
    write(tmp_path / "doejane_4711_1_x.ipynb", "x = 1", *solved())
    newest = write(tmp_path / "doejane_4711_2_x-3.ipynb", "x = 2", *solved())
    intake = take_in(tmp_path, [7])
    assert [item.path for item in intake.items] == [newest]
    assert "the newest of 2" in str(intake.lines[0])


def test_the_layout_can_be_said(tmp_path: Path):
    write(tmp_path / "de_1_2_x.ipynb", *solved())
    assert take_in(tmp_path, [7]).layout == "canvas"
    assert [item.student for item in take_in(tmp_path, [7], layout="plain").items] == ["de_1_2_x"]
    assert set(TREES) | {"single"} == set(LAYOUTS)


def test_hours_are_told_apart(tmp_path: Path):
    write(tmp_path / "alice" / "a.ipynb", *solved(), hour=2)  # its metadata is wrong, its exercises are not
    write(tmp_path / "alice" / "b.ipynb", "x = 1", hour=2)
    write(tmp_path / "bob" / "b.ipynb", "x = 1", hour=2)
    write(tmp_path / "carol" / "c.ipynb", "x = 1")
    both, one = take_in(tmp_path, [2, 7]), take_in(tmp_path, [7])
    found = [(item.student, item.hour, item.path.name) for item in both.items]
    assert found == [("alice", 2, "b.ipynb"), ("alice", 7, "a.ipynb"), ("bob", 2, "b.ipynb"), ("carol", 7, "c.ipynb")]
    assert [item.student for item in one.items] == ["alice", "carol"]
    assert [str(line) for line in one.lines] == [
        "bob: bob/b.ipynb: this is a notebook of hour 2, and hour 7 was asked for"
    ]


def test_every_bad_one_is_a_line_and_the_rest_is_graded(tmp_path: Path):
    write(tmp_path / "good" / "x.ipynb", *solved())
    write(tmp_path / "outside.txt", "x")
    inside = tmp_path / "class"
    write(inside / "good" / "x.ipynb", *solved())
    write(inside / "twice" / "a.ipynb", "x = 1", *solved())
    write(inside / "twice" / "b.ipynb", "x = 2", *solved())
    write(inside / "same" / "a.ipynb", *solved())
    write(inside / "same" / "b.ipynb", *solved())
    write(inside / "odd" / "x.ipynb", "x = 1", hour=99)
    (inside / "empty").mkdir()
    (inside / "essay").mkdir()
    (inside / "essay" / "essay.docx").write_bytes(b"PK")
    (inside / "latin").mkdir()
    (inside / "latin" / "x.ipynb").write_bytes(b'{"nbformat": 4, "cells": ["\xe9"]}')
    (inside / "linked").mkdir()
    (inside / "linked" / "x.ipynb").symlink_to(tmp_path / "good" / "x.ipynb")
    (inside / "far").symlink_to(tmp_path / "good")
    (inside / ".git").mkdir()
    write(inside / "good" / ".ipynb_checkpoints" / "x-checkpoint.ipynb", "old")
    intake = take_in(inside, [7])
    assert [item.student for item in intake.items] == ["good", "same"]
    lines = {str(line) for line in intake.lines}
    assert len(lines) == len(intake.lines) == 7
    for words in ("twice: twice/a.ipynb and twice/b.ipynb: 2 different notebooks", "empty: empty: the folder is empty",
                  "essay: essay/essay.docx: this is not a notebook", "latin: latin/x.ipynb: this is not UTF-8",
                  "linked: linked/x.ipynb: this is a symbolic link", "far: a symbolic link to a folder",
                  "odd: odd/x.ipynb: this is a notebook of hour 99"):  # fmt: skip
        assert any(line.startswith(words) for line in lines), words


def test_a_file_of_no_layout_is_a_line(tmp_path: Path):
    grow(tmp_path, TREES["canvas"])
    write(tmp_path / "notes.ipynb", *solved())
    assert "whose is it" in str(take_in(tmp_path, [7]).lines[0])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_what_may_not_be_opened_is_a_line(tmp_path: Path):
    write(tmp_path / "a.ipynb", *solved()).chmod(0)
    assert "cannot be opened" in str(take_in(tmp_path, [7]).lines[0])


def test_nothing_at_all_is_an_error(tmp_path: Path):
    (tmp_path / "x.zip").touch()
    for path, words in ((tmp_path / "no", "there is no"), (tmp_path / "x.zip", "unpack it")):
        with pytest.raises(GradingError, match=words):
            take_in(path, [7])
    (tmp_path / "x.zip").unlink()
    with pytest.raises(GradingError, match="there is nothing"):
        take_in(tmp_path, [7])


NAMES = ["../../etc/passwd", "a/b", "..", "con", "CON", "nul.txt", "x" * 300, "=1+1", "Zoë", "Zoe", "zoe", "", " ",
         "a b", "\x1b[31mred", "new\nline", "\u202eabc", os.fsdecode(b"\xff\xfe"), "-rf", "日本", "日木"]  # fmt: skip


def test_names_are_harmless_in_files_and_different_for_different_names():
    made = [file_name(name) for name in map(readable, NAMES)]
    assert len(set(made)) == len(set(map(readable, NAMES)))
    for name in made:
        assert name == Path(name).name
        assert name.isascii()
        assert name == name.lower(), "where case does not count, it does not matter"
        assert len(name) <= 60
        assert name.split("-")[0] not in ("con", "nul") or len(name) > 8
        assert not name.startswith(("-", "."))


def test_names_are_harmless_on_a_terminal_in_tables_and_in_markdown():
    for name in NAMES:
        assert readable(name).isprintable()
        readable(name).encode("utf-8")
    assert [cell(text) for text in ("=cmd|' /C calc'!A0", "+1", "-1", "@x", " =1", "\t=1", "ok", "7")] == (
        ["'=cmd|' /C calc'!A0", "'+1", "'-1", "'@x", "' =1", "'\t=1", "ok", "7"]
    )  # fmt: skip
    assert for_markdown("<b>[x](y)*`|# ") == r"&lt;b&gt;\[x\](y)\*\`\|# "
    assert for_markdown("# x\n- y\n1. z") == "\\# x\n\\- y\n1\\. z"
