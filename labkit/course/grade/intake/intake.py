"""From a folder of submissions to what there is to grade, and a line for everything that cannot be."""

import os
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from labkit.course.check.registry import all_exercises
from labkit.course.grade.errors import GradingError
from labkit.course.grade.intake.layouts import Owner, detect, owners
from labkit.course.grade.intake.names import readable
from labkit.course.grade.paper.submission import UnreadableError, read_all

EMPTY = "(nothing)"
TOOLS = {".git", ".github", ".ipynb_checkpoints", ".vscode", ".idea", ".venv"}  # folders of programs, nobody's name
STORE = "grades.sqlite"


@dataclass(frozen=True)
class Item:
    """One notebook to grade, not yet loaded."""

    student: str
    identity: str  # what the student is called in the system that the files come from
    hour: int
    path: Path
    content: str
    note: str = ""
    member: str = ""  # of a zip: which file in it


@dataclass(frozen=True)
class Line:
    """Something that an instructor should know."""

    student: str
    file: str
    text: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.student, self.file, self.text) if part)


@dataclass
class Intake:
    """What was found in a folder."""

    layout: str
    items: list[Item] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class _Seen:
    owner: Owner
    path: Path
    file: str
    hour: int | None
    content: str
    note: str
    member: str


def take_in(folder: Path, hours: Collection[int], layout: str | None = None) -> Intake:
    """Find and look into every submission below a folder. Raises GradingError if there is nothing at all."""
    if not folder.exists():
        raise GradingError(f"there is no {folder}")
    if folder.is_file() and folder.suffix.lower() == ".zip":
        raise GradingError(f"{folder} is a zip: unpack it, and give the folder")
    if (folder / "submitted").is_dir() and layout in (None, "nbgrader"):
        folder, layout = folder / "submitted", "nbgrader"  # beside it, nbgrader keeps what it made
    root = folder.parent if folder.is_file() else folder
    lines: list[Line] = []
    paths = [PurePath(folder.name)] if folder.is_file() else _walk(folder, lines)
    if not paths and not lines:
        raise GradingError(f"there is nothing in {folder}")
    name = folder.resolve().name
    intake = Intake(layout or detect(paths, name), lines=lines)
    found = list(zip(paths, owners(paths, intake.layout, name), strict=True))
    _without_notebook(found, lines)
    seen = [one for path, owner in found if _is_notebook(path) for one in _look(root, path, owner, lines)]
    _choose(seen, hours, intake)
    intake.items.sort(key=lambda item: (item.student, item.hour))
    return intake


def _walk(folder: Path, lines: list[Line]) -> list[PurePath]:
    """All files, relative to the folder, in order. Links are not followed, hidden folders not entered, and named."""

    def refused(error: OSError) -> None:
        lines.append(Line("", readable(str(error.filename)), f"this folder cannot be opened ({error.strerror})"))

    found = []
    for top, folders, files in os.walk(folder, onerror=refused):
        here = PurePath(top).relative_to(folder)
        for name in sorted(name for name in folders if name.startswith(".") and name not in TOOLS):
            lines.append(Line("", readable(str(here / name)), "a hidden folder: rename it if it is a student's"))
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        folders[:] = [name for name in folders if not Path(top, name, STORE).exists()]  # what a run wrote
        for name in [name for name in folders if Path(top, name).is_symlink()]:
            folders.remove(name)
            lines.append(Line("", readable(str(here / name)), "a symbolic link to a folder: links are not followed"))
        shown = sorted(name for name in files if not name.startswith("."))
        found += [here / name for name in shown]
        if not shown and not folders and here.parts:
            found.append(here / EMPTY)
    return found


def _is_notebook(path: PurePath) -> bool:
    return path.suffix.lower() in (".ipynb", ".zip")


def _without_notebook(found: list[tuple[PurePath, Owner | None]], lines: list[Line]) -> None:
    """A line for each student who handed in something, and no notebook."""
    files: dict[str, list[PurePath]] = defaultdict(list)
    for path, owner in found:
        if owner is not None:
            files[owner.student].append(path)
        elif _is_notebook(path):
            lines.append(Line("", readable(str(path)), "its name is not of this layout: whose is it? (see --layout)"))
    for student, theirs in files.items():
        if not any(map(_is_notebook, theirs)):
            first = readable(str(theirs[0]))
            empty = theirs[0].name == EMPTY
            file = readable(str(theirs[0].parent)) if empty else first
            lines.append(Line(student, file, "the folder is empty" if empty else "this is not a notebook (.ipynb)"))


def _look(root: Path, path: PurePath, owner: Owner | None, lines: list[Line]) -> list[_Seen]:
    """What a notebook is, if it can be read; a line otherwise."""
    if owner is None:
        return []
    file = readable(str(path))
    try:
        notebooks = read_all(root / path)
    except UnreadableError as error:
        lines.append(Line(owner.student, file, str(error)))
        return []
    except OSError as error:
        lines.append(Line(owner.student, file, f"the file cannot be opened ({error.strerror})"))
        return []
    except Exception as error:  # whatever a file does, it costs itself a line, not the class its run
        lines.append(Line(owner.student, file, f"it cannot be read ({type(error).__name__}: {str(error)[:120]})"))
        return []
    hours = {id: exercise.hour for id, exercise in all_exercises().items()}
    return [
        _Seen(owner, root / path, file, notebook.hour_among(hours), notebook.content, notebook.note, member)
        for member, notebook in notebooks
    ]


def _choose(seen: list[_Seen], hours: Collection[int], intake: Intake) -> None:
    """One notebook for each student and hour, and lines on the others."""
    mine: dict[tuple[str, int], list[_Seen]] = defaultdict(list)
    for one in seen:
        if one.hour in hours:
            mine[one.owner.student, one.hour].append(one)
    served = {student for student, _ in mine}
    wanted = " or ".join(f"hour {hour}" for hour in sorted(hours))
    for one in seen:
        if one.hour not in hours and one.owner.student not in served:
            what = "it has no exercise of this course" if one.hour is None else f"this is a notebook of hour {one.hour}"
            intake.lines.append(Line(one.owner.student, one.file, f"{what}, and {wanted} was asked for"))
    for (student, hour), several in mine.items():
        newest = max(one.owner.version for one in several)
        last = [one for one in several if one.owner.version == newest]
        if len({one.content for one in last}) > 1:
            names = " and ".join(sorted(one.file for one in last))
            text = f"{len(last)} different notebooks of hour {hour}, and none was graded: take all but one away"
            intake.lines.append(Line(student, names, text))
            continue
        if len(last) < len(several):
            intake.lines.append(Line(student, last[0].file, f"graded, as the newest of {len(several)} files"))
        if last[0].note:
            intake.lines.append(Line(student, last[0].file, f"graded; {last[0].note}"))
        one = last[0]
        intake.items.append(Item(student, one.owner.identity, hour, one.path, one.content, one.note, one.member))
