"""With nbgrader itself: what it accepts, what it makes of our notebooks, and what marks it gives."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ComputeChecksums
from nbgrader.utils import determine_grade

from labkit.course.press.build import Course, for_nbgrader

NAME = "07_small"
CHECKS = "transformer-positions-checks"


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run a command of nbgrader in a folder, and give what it says. It finds its tools on the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "LABKIT_PROGRESS": "off", "IPYTHONDIR": str(folder / ".ipython")}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("which", ["student_path", "solution_path"])
def test_metadata_is_schema_3_with_checksums(built: Course, which: str):
    notebook = read(getattr(built, which)(NAME))
    MetadataValidator().validate_nb(notebook)
    marked = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert [cell.metadata.nbgrader.schema_version for cell in marked] == [3, 3]
    assert [(cell.metadata.nbgrader.solution, cell.metadata.nbgrader.grade) for cell in marked] == [(1, 0), (0, 1)]
    assert marked[1].metadata.nbgrader.points == 3
    ours = [cell.metadata.nbgrader.checksum for cell in marked]
    for cell in marked:
        ComputeChecksums().preprocess_cell(cell, {}, 0)
    assert [cell.metadata.nbgrader.checksum for cell in marked] == ours


def test_a_release_is_our_student_notebook(built: Course, tmp_path: Path):
    path = for_nbgrader(built, *built.sources(), tmp_path)
    assert path == tmp_path / "source" / NAME / f"{NAME}.ipynb"
    assert [other.name for other in path.parent.iterdir()] == [path.name], "nbgrader releases all that stands beside it"
    nbgrader(tmp_path, "generate_assignment", NAME, "--create")
    released, ours = read(tmp_path / "release" / NAME / f"{NAME}.ipynb"), read(built.student_path(NAME))
    assert released.cells == ours.cells


def test_validate_reports_what_is_unsolved_and_nothing_else(built: Course):
    said = nbgrader(built.root, "validate", str(built.student_path(NAME)))
    assert "VALIDATION FAILED ON 1 CELL(S)" in said
    assert 'score("transformer.positions")' in said
    assert "Partial credit" in said, "no cell raises: it is a matter of points"


def test_validate_is_content_with_the_solution(built: Course):
    assert "Success! Your notebook passes all the tests." in nbgrader(
        built.root, "validate", str(built.solution_path(NAME))
    )


def output(text: str) -> NotebookNode:
    return nbformat.v4.new_output("execute_result", {"text/plain": text, "text/html": "<p>"}, execution_count=1)


@pytest.mark.parametrize("points", [0.0, 1.25, 3.0])
def test_marks_are_the_points(built: Course, points: float):
    from labkit.course.desk.exercise import Points

    cell = next(cell for cell in read(built.solution_path(NAME)).cells if cell.id == CHECKS)
    cell.outputs = [output(Points(points, 3.0)._repr_mimebundle_()["text/plain"])]
    assert determine_grade(cell) == (points, 3.0)


def test_marks_of_the_executed_solution(built: Course):
    cell = next(cell for cell in read(built.solution_path(NAME)).cells if cell.id == CHECKS)
    assert determine_grade(cell) == (3.0, 3.0)
