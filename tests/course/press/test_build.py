import shutil
import time
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from labkit.course.press.build import Course, build, check, orphans
from labkit.course.press.source import SourceError
from labkit.course.press.template import BuildError, repository

NAME = "07_small"


@pytest.fixture
def copy(built: Course, tmp_path: Path) -> Course:
    """A built checkout that may be changed."""
    shutil.copytree(built.root, tmp_path / "copy")
    return Course(tmp_path / "copy")


def source(course: Course) -> Path:
    return course.root / "solutions" / f"{NAME}.py"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def cells(path: Path) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


def unexecuted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From here on nothing is run; what would have been is noted."""
    asked = []
    monkeypatch.setattr("labkit.course.press.build.execute", lambda notebook, lecture: asked.append(lecture.name))
    return asked


def test_the_student_notebook_has_no_solutions_and_no_outputs(built: Course):
    text = built.student_path(NAME).read_text()
    assert "SOLUTION" not in text
    assert "angle.sin" not in text
    assert "for instructors" not in text
    for cell in cells(built.student_path(NAME)).values():
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    asked = cells(built.student_path(NAME))["positions"].source
    assert asked.endswith('    """Clock hands."""\n    # YOUR CODE HERE\n    raise NotImplementedError()')


def test_the_same_source_makes_the_same_bytes(built: Course, course: Course, monkeypatch: pytest.MonkeyPatch):
    unexecuted(monkeypatch)
    build(course, source(course))
    assert course.student_path(NAME).read_bytes() == built.student_path(NAME).read_bytes()


def test_executing_again_makes_the_same_bytes(copy: Course):
    before = copy.solution_path(NAME).read_bytes()
    assert "executed" in build(copy, source(copy), force=True)
    assert copy.solution_path(NAME).read_bytes() == before


def test_the_solution_is_executed_and_clean(built: Course):
    made = cells(built.solution_path(NAME))
    counts = [cell.execution_count for cell in made.values() if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert made["figure"].outputs[0].data.keys() == {"image/png", "text/plain"}
    assert made["objects"].outputs[0].text == "<object object>\n"
    assert made["objects"].outputs[1].data["text/html"] == "<b>kept</b>"
    assert made["widget"].outputs == []
    assert "Position 0 is 0, 1, 0, 1" in made["instructors"].outputs[0].data["text/plain"]
    assert "right, 3 of 3 points" in made["positions"].outputs[0].data["text/html"]
    whole = nbformat.read(built.solution_path(NAME), as_version=4)
    assert set(whole.metadata) == {"kernelspec", "language_info", "labkit", "colab"}
    assert "widget-view" not in built.solution_path(NAME).read_text()


def test_ids_are_the_same_in_both(built: Course):
    student, solution = (cells(path) for path in (built.student_path(NAME), built.solution_path(NAME)))
    assert list(student) == [id for id in solution if id != "instructors"]
    assert {"opening", "setup", "parameters", "positions", "transformer-positions-checks"} <= set(student)


def test_badges_and_setup_come_from_the_one_place(built: Course, copy: Course, monkeypatch: pytest.MonkeyPatch):
    unexecuted(monkeypatch)
    change(copy.root / "pyproject.toml", repository(copy.root), "https://github.com/someone/course")
    stale, _ = check(copy, source(copy))
    assert len(stale) == 2
    build(copy, source(copy))
    made = cells(copy.student_path(NAME))
    assert "mybinder.org/v2/gh/someone/course/HEAD?urlpath=lab/tree/notebooks/07_small.ipynb" in made["opening"].source
    assert "colab.research.google.com/github/someone/course/blob/main/notebooks/" in made["opening"].source
    assert "git+https://github.com/someone/course" in made["setup"].source
    assert repository(built.root) not in copy.student_path(NAME).read_text()


def test_nothing_is_run_when_nothing_has_changed(copy: Course, monkeypatch: pytest.MonkeyPatch):
    asked = unexecuted(monkeypatch)
    before = copy.student_path(NAME).stat().st_mtime_ns
    assert build(copy, source(copy)) == f"{NAME}: up to date"
    assert asked == []
    assert copy.student_path(NAME).stat().st_mtime_ns == before
    build(copy, source(copy), force=True)
    assert asked == [NAME]


def test_a_changed_source_is_run_again(copy: Course, monkeypatch: pytest.MonkeyPatch):
    asked = unexecuted(monkeypatch)
    change(source(copy), "For the tests of the build.", "For the tests.")
    stale, notes = check(copy, source(copy))
    assert len(stale) == 2
    assert all("labkit build 7" in line for line in stale)
    assert notes == []
    build(copy, source(copy))
    assert asked == [NAME]


def test_changed_labkit_code_is_a_note_and_run_again(copy: Course, monkeypatch: pytest.MonkeyPatch):
    asked = unexecuted(monkeypatch)
    monkeypatch.setattr("labkit.course.press.build.fingerprint", lambda lecture: "another")
    stale, notes = check(copy, source(copy))
    assert stale == []
    assert "older labkit code" in notes[0]
    build(copy, source(copy))
    assert asked == [NAME]


@pytest.mark.parametrize("which", ["student", "solution"])
def test_an_edited_notebook_is_out_of_step(copy: Course, which: str):
    path = copy.student_path(NAME) if which == "student" else copy.solution_path(NAME)
    change(path, "For the tests of the build.", "By hand.")
    stale, _ = check(copy, source(copy))
    assert len(stale) == 1
    assert path.name in stale[0]


def test_notebooks_that_are_missing_broken_or_orphans_are_named(copy: Course):
    copy.student_path(NAME).unlink()
    copy.solution_path(NAME).write_text("{")
    stale, _ = check(copy, source(copy))
    assert "notebooks/07_small.ipynb" in stale[0]
    assert "cannot be read" in stale[1]
    copy.solution_path(NAME).unlink()
    assert "it is not there" in check(copy, source(copy))[0][1]
    copy.student_path("08_gone").write_text("{}")
    copy.solution_path("09_gone").write_text("{}")
    names = ["notebooks/08_gone.ipynb", "solutions/09_gone.ipynb"]
    assert orphans(copy) == [f"{name} has no source: delete it" for name in names]


def test_a_slip_stops_the_build_before_anything_is_written(course: Course):
    change(source(course), "    ### END SOLUTION\n", "")
    with pytest.raises(SourceError):
        build(course, source(course))
    assert not course.student_path(NAME).exists()


def test_hours_without_a_source_are_told(course: Course):
    with pytest.raises(BuildError, match=r"hour 8 has no source solutions/08_\*\.py: there are hours 7"):
        course.sources([8])
    assert course.sources([7]) == course.sources() == [source(course)]


def test_an_update_check_is_quick(built: Course):
    began = time.process_time()
    check(built, source(built))
    assert time.process_time() - began < 2
