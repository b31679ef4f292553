"""nbgrader's gradebook: a copy of it, with our marks as the points of its autograded cells. Formgrader shows them."""

import shutil
from pathlib import Path

from labkit.course.grade.errors import GradingError
from labkit.course.grade.marks.result import Result


def fill(results: list[Result], gradebook: Path, target: Path, assignment: str | None) -> list[str]:
    """Write a copy of a gradebook.db with the marks in it. Raises GradingError where it has not our cells."""
    try:
        from nbgrader.api import Gradebook, MissingEntry
    except ImportError as error:
        raise GradingError("a gradebook can be filled where nbgrader is installed: pip install nbgrader") from error
    part = target.with_suffix(".part")
    shutil.copyfile(gradebook, part)
    said = []
    with Gradebook(f"sqlite:///{part}") as book:
        name, notebook = _ours(book, results[0], assignment)
        for result in results:
            try:
                book.find_student(result.identity)
            except MissingEntry:
                said.append(f"{result.student}: a new student in the gradebook")
            book.update_or_create_student(result.identity)
            book.update_or_create_submission(name, result.identity)
            for mark in result.marks:
                cell = f"{mark.exercise.replace('.', '-')}-checks"
                grade = book.find_grade(cell, notebook, name, result.identity)
                grade.auto_score, grade.needs_manual_grade = mark.points, False
        book.db.commit()
    part.replace(target)
    return said


def _ours(book, result: Result, assignment: str | None) -> tuple[str, str]:
    """The assignment and the notebook that have a cell for each exercise."""
    wanted = {f"{mark.exercise.replace('.', '-')}-checks" for mark in result.marks}
    for found in book.assignments:
        for notebook in found.notebooks:
            if wanted <= {cell.name for cell in notebook.grade_cells} and assignment in (None, found.name):
                return found.name, notebook.name
    raise GradingError(
        f"the gradebook has no assignment{f' {assignment!r}' if assignment else ''} with the cells of hour "
        f"{result.hour}: run `nbgrader generate_assignment` there first"
    )
