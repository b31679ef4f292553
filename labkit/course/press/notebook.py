"""From a parsed lecture to a notebook: the student's, the solution's, and nbgrader's source."""

import hashlib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labkit.course.check.registry import find
from labkit.course.press.source import Cell, Lecture
from labkit.course.press.template import badges, setup_source

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def student(lecture: Lecture, address: str) -> NotebookNode:
    """What learners open: no solutions, no outputs."""
    return _notebook(lecture, address, f"notebooks/{lecture.name}.ipynb", "solution-only", solved=False)


def solution(lecture: Lecture, address: str) -> NotebookNode:
    """What instructors and readers see, before it is executed."""
    return _notebook(lecture, address, f"solutions/{lecture.name}.ipynb", "student-only", solved=True)


def nbgrader_source(lecture: Lecture, address: str) -> NotebookNode:
    """What `nbgrader generate_assignment` makes the student's notebook from: the same cells, with the solutions."""
    return _notebook(lecture, address, f"notebooks/{lecture.name}.ipynb", "solution-only", solved=True)


def _notebook(lecture: Lecture, address: str, path: str, left_out: str, solved: bool) -> NotebookNode:
    cells = [_cell(cell, address, path, solved) for cell in lecture.cells if left_out not in cell.tags]
    metadata = {"kernelspec": dict(KERNEL), "language_info": {"name": "python"}, "labkit": {"hour": lecture.hour}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _cell(cell: Cell, address: str, path: str, solved: bool) -> NotebookNode:
    text = cell.text if solved else cell.student_text()
    if cell.options.get("badges"):
        title, _, rest = text.partition("\n")
        text = f"{title}\n\n{badges(address, path)}\n{rest}".rstrip()
    if cell.options.get("setup"):
        text = setup_source(address)
    new = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
    made = new(text, id=cell.id)
    if cell.tags:
        made.metadata["tags"] = cell.tags
    if "exercise" in cell.options:
        _mark(made, cell.options["exercise"], grade=False)
    if "checks" in cell.options:
        _mark(made, cell.options["checks"], grade=True)
    return made


def _mark(cell: NotebookNode, exercise: str, grade: bool) -> None:
    """Marks for nbgrader, schema 3: a solution cell, or a locked cell that is graded with the exercise's points."""
    name = exercise.replace(".", "-")
    mark = {"schema_version": 3, "solution": not grade, "grade": grade, "locked": grade, "task": False}
    mark |= {"grade_id": f"{name}-checks" if grade else name, "cell_type": cell.cell_type}
    if grade:
        mark["points"] = find(exercise).points
    cell.metadata["nbgrader"] = mark | {"checksum": checksum(cell.source, mark)}
    cell.metadata["deletable"] = False
    if grade:
        cell.metadata["editable"] = False


def checksum(source: str, mark: dict) -> str:
    """The same as nbgrader's, by which it knows a cell that has been changed."""
    fields = [source, mark["cell_type"], mark["grade"], mark["solution"], mark["locked"], mark["grade_id"]]
    fields += [float(mark["points"])] if mark["grade"] else []
    return hashlib.md5("".join(str(part) for part in fields).encode(), usedforsecurity=False).hexdigest()


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook, if it differs from what is there, in one step: never half of it."""
    text = as_text(notebook)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def as_text(notebook: NotebookNode) -> str:
    """The bytes of a notebook: sorted keys, one line for each line of a cell."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"
