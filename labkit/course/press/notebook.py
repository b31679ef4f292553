"""From a parsed lecture to a notebook: the student's, the solution's, and nbgrader's source."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labkit.course.check.registry import find
from labkit.course.press.minutes import PLAN, plan_table
from labkit.course.press.source import FURTHER, Cell, Lecture
from labkit.course.press.template import badges, setup_source

COLLAPSED = "jp-MarkdownHeadingCollapsed"  # JupyterLab's and Notebook 7's
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def student(lecture: Lecture, address: str) -> NotebookNode:
    """What learners open: no solutions, no outputs."""
    return _notebook(lecture, address, f"notebooks/{lecture.name}.ipynb", "solution-only", Cell.student_text)


def solution(lecture: Lecture, address: str) -> NotebookNode:
    """What instructors and readers see, before it is executed."""
    return _notebook(lecture, address, f"solutions/{lecture.name}.ipynb", "student-only", Cell.solved_text)


def nbgrader_source(lecture: Lecture, address: str) -> NotebookNode:
    """What `nbgrader generate_assignment` makes the student's notebook from: the same cells, with the solutions.

    A bug hunt stands as learners get it, because nbgrader knows no stub but its own.
    """

    def text(cell: Cell) -> str:
        return cell.student_text() if cell.bug_hunt else cell.solved_text()

    return _notebook(lecture, address, f"notebooks/{lecture.name}.ipynb", "solution-only", text)


def _notebook(lecture: Lecture, address: str, path: str, left_out: str, text: Callable[[Cell], str]) -> NotebookNode:
    made_here = {"badges": badges(address, path), "plan": plan_table(lecture), "setup": setup_source(address)}
    cells = [_cell(cell, text(cell), made_here) for cell in lecture.cells if left_out not in cell.tags]
    metadata = {"kernelspec": dict(KERNEL), "language_info": {"name": "python"}, "labkit": {"hour": lecture.hour}}
    collapsed = [cell.id for cell in cells if COLLAPSED in cell.metadata]
    if collapsed:
        metadata["colab"] = {"collapsed_sections": collapsed}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _cell(cell: Cell, text: str, made_here: dict[str, str]) -> NotebookNode:
    if cell.options.get("badges"):
        title, _, rest = text.partition("\n")
        text = f"{title}\n\n{made_here['badges']}\n{rest}".rstrip().replace(PLAN, made_here["plan"])
    if cell.options.get("setup"):
        text = made_here["setup"]
    new = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
    made = new(text, id=cell.id)
    if cell.tags:
        made.metadata["tags"] = cell.tags
    if cell.fold:
        made.metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
    if cell.kind == "markdown" and FURTHER.match(cell.text):
        made.metadata |= {COLLAPSED: True, "id": cell.id}  # Colab knows the cell by the id in the metadata
    if "exercise" in cell.options and not cell.bug_hunt:  # nbgrader would put its stub in place of the wrong code
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
