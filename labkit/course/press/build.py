"""From the text of a lecture to its notebooks.

`notebooks/NN_slug.ipynb` for learners is the same byte for byte from the same source. `solutions/NN_slug.ipynb` is
executed, and only when it must be: when the source has changed, or the labkit code that the lecture imports.

A check executes nothing: it compares what the source says with what stands in the notebooks, cell by cell. Older labkit
code is a note there, not a failure, because CI runs every notebook against the code of the day anyway.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labkit.course.press.dependencies import fingerprint
from labkit.course.press.execution import execute
from labkit.course.press.notebook import as_text, nbgrader_source, solution, student, write
from labkit.course.press.proofreading import read
from labkit.course.press.source import Lecture, is_lecture
from labkit.course.press.template import BuildError, repository


@dataclass(frozen=True)
class Course:
    """A checkout: where sources and notebooks stand."""

    root: Path

    @classmethod
    def here(cls) -> "Course":
        """The checkout around the working folder, else the one labkit is imported from. Raises BuildError."""
        around = [Path.cwd(), *Path.cwd().parents, Path(__file__).parents[3]]
        for folder in around:
            if (folder / "pyproject.toml").is_file() and (folder / "solutions").is_dir():
                return cls(folder)
        raise BuildError("there is no checkout of the course here: go to the folder that holds solutions/")

    def sources(self, hours: list[int] | None = None) -> list[Path]:
        """The sources of these hours, or of all. Raises BuildError for an hour that has none."""
        found = {
            int(path.name[:2]): path for path in sorted((self.root / "solutions").glob("*.py")) if is_lecture(path)
        }
        for hour in hours or []:
            if hour not in found:
                there = ", ".join(map(str, found)) or "none"
                raise BuildError(f"hour {hour} has no source solutions/{hour:02}_*.py: there are hours {there}")
        return [path for hour, path in found.items() if not hours or hour in hours]

    def student_path(self, name: str) -> Path:
        """Where the student notebook of a lecture stands."""
        return self.root / "notebooks" / f"{name}.ipynb"

    def solution_path(self, name: str) -> Path:
        """Where the executed solution of a lecture stands."""
        return self.root / "solutions" / f"{name}.ipynb"


def build(course: Course, source: Path, force: bool = False) -> str:
    """Make both notebooks of a lecture, and say what was done. Raises SourceError or BuildError."""
    lecture, address = read(source), repository(course.root)
    write(student(lecture, address), course.student_path(lecture.name))
    path = course.solution_path(lecture.name)
    if not force and path.exists() and not out_of_step(path, lecture, address) and _code(path) == fingerprint(lecture):
        return f"{lecture.name}: up to date"
    made, began = solution(lecture, address), time.perf_counter()
    execute(made, lecture)
    made.metadata["labkit"]["code"] = fingerprint(lecture)
    write(made, path)
    size = path.stat().st_size / 1000
    return f"{lecture.name}: executed in {time.perf_counter() - began:.1f} s, {size:.0f} KB"


def check(course: Course, source: Path) -> tuple[list[str], list[str]]:
    """What is out of step with a source, and what is worth a note. Raises SourceError."""
    lecture, address = read(source), repository(course.root)
    stale, notes = [], []
    path = course.student_path(lecture.name)
    if not path.exists() or path.read_text(encoding="utf-8") != as_text(student(lecture, address)):
        stale.append(f"notebooks/{path.name} is not what {lecture.path.name} makes: run `labkit build {lecture.hour}`")
    path = course.solution_path(lecture.name)
    reason = out_of_step(path, lecture, address) if path.exists() else "it is not there"
    if reason:
        stale.append(f"solutions/{path.name} is out of step, {reason}: run `labkit build {lecture.hour}`")
    elif _code(path) != fingerprint(lecture):
        notes.append(f"solutions/{path.name} was executed with older labkit code; `labkit build` runs it again")
    return stale, notes


def orphans(course: Course) -> list[str]:
    """Notebooks without a source."""
    names = {path.stem for path in course.sources()}
    folders = ("notebooks", "solutions")
    found = [path for folder in folders for path in sorted((course.root / folder).glob("*.ipynb"))]
    return [f"{path.parent.name}/{path.name} has no source: delete it" for path in found if path.stem not in names]


def out_of_step(path: Path, lecture: Lecture, address: str) -> str:
    """Why an executed notebook is not what its source makes, or an empty string. Outputs are not looked at."""
    try:
        there = nbformat.read(path, as_version=4)
    except (ValueError, KeyError, nbformat.reader.NotJSONError) as error:
        return f"it cannot be read ({type(error).__name__})"
    wanted = solution(lecture, address)
    if [cell.id for cell in there.cells] != [cell.id for cell in wanted.cells]:
        return "its cells are others"
    for old, new in zip(there.cells, wanted.cells, strict=True):
        if _content(old) != _content(new):
            return f"its cell {new.id!r} differs"
        if new.cell_type == "code" and old.execution_count is None:
            return f"its cell {new.id!r} has not been executed"
    return ""


def _content(cell: NotebookNode) -> tuple:
    return cell.cell_type, cell.source, dict(cell.metadata)


def _code(path: Path) -> str:
    return nbformat.read(path, as_version=4).metadata.get("labkit", {}).get("code", "")


def for_nbgrader(course: Course, source: Path, folder: Path) -> Path:
    """Write the notebook that `nbgrader generate_assignment NN_slug`, run in `folder`, makes a release from."""
    lecture = read(source)
    path = folder / "source" / lecture.name / f"{lecture.name}.ipynb"
    write(nbgrader_source(lecture, repository(course.root)), path)
    return path
