"""What stops the execution of a lecture, and where it is said to be."""

from pathlib import Path

import pytest

from labkit.course.press.build import Course, build
from labkit.course.press.template import BuildError

NAME = "07_small"


def source(course: Course) -> Path:
    return course.root / "solutions" / f"{NAME}.py"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def failing(course: Course, code: str) -> str:
    change(source(course), 'print("after")', code)
    with pytest.raises(BuildError) as error:
        build(course, source(course))
    assert not course.solution_path(NAME).exists(), "nothing half done is left"
    return str(error.value)


def line(course: Course, words: str) -> int:
    text = source(course).read_text()
    return text[: text.index(words)].count("\n") + 1


def test_a_cell_that_raises_is_told_with_its_line(course: Course):
    change(source(course), 'name="objects"', 'name="objects" fold="What it claims"')
    told = failing(course, 'x = 1\nclaim("Two is more than three", 2 > 3, {"two": 2})')
    assert told.startswith(f"{source(course)}:{line(course, 'claim(')}: the cell 'objects' raises ClaimError: Two is")


def test_a_warning_is_told(course: Course):
    told = failing(course, 'import warnings\n\nwarnings.warn("careful")')
    assert f"{source(course)}:{line(course, 'print(object())')}: the cell 'objects' writes to stderr" in told
    assert "careful" in told


def test_a_notebook_that_is_too_large_is_told_with_its_largest_cells(course: Course):
    told = failing(course, 'print("x" * 700_000)')
    assert "600 are allowed: the largest cells are 'objects' 700 KB" in told
