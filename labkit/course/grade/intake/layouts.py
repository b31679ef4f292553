"""How submissions lie in a folder: whose is a file, by where it is.

Canvas     lastnamefirst_[LATE_]USER_FILE_name[-N].ipynb      (its "Download Submissions"; N counts resubmissions)
Moodle     Full Name_NUMBER_assignsubmission_file[_]/name     ("Download all submissions"), or flat, _name instead of /
nbgrader   [submitted/]STUDENT/ASSIGNMENT/name
Classroom  ASSIGNMENT-username/name                           (what `gh classroom clone student-repos` makes)
plain      name.ipynb, or STUDENT/name
single     everything is of one student
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from labkit.course.grade.intake.names import readable

LAYOUTS = ("plain", "nbgrader", "canvas", "moodle", "classroom", "single")
CANVAS = re.compile(r"(?P<name>[^_]+)_(?:(?P<late>LATE)_)?(?P<user>[0-9]+|[A-Za-z0-9]{5})_(?P<file>\d+)_(?P<rest>.+)")
AGAIN = re.compile(r"-(\d+)$")
MOODLE = re.compile(r"(?P<name>.+)_(?P<user>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<rest>.*))?")
COPY = re.compile(
    r"(\s*\(\d{1,3}\)|\s*-\s*(copy|kopie|copie|copia)(\s*\(?\d{1,3}\)?)?|\s+copy(\s+\d{1,3})?)$", re.IGNORECASE
)
LECTURE = re.compile(r"[ _.-]*\d\d_[a-z][a-z0-9_]*?(?=[ _.-]|$)[ _.-]*|[ _.-]*hour[ _-]?\d+[ _.-]*", re.IGNORECASE)


@dataclass(frozen=True)
class Owner:
    """Whose a file is: the name to show, the number or name that the system knows the student by, and its version."""

    student: str
    identity: str
    version: int = 0  # of files that replace each other, the highest counts


def detect(paths: list[PurePath], folder_name: str) -> str:
    """The layout that most of the paths, relative to the folder, have."""
    notebooks = [path for path in paths if path.suffix in (".ipynb", ".zip")] or paths
    if not notebooks:
        return "plain"

    def most(fits: Callable[[PurePath], bool]) -> bool:
        return 2 * sum(map(fits, notebooks)) > len(notebooks)

    if most(lambda path: _moodle(path) is not None):
        return "moodle"
    if most(lambda path: _canvas(path) is not None):
        return "canvas"
    if most(lambda path: len(path.parts) == 3 and path.parts[1] == path.stem):
        return "nbgrader"
    return "classroom" if most(_deep) and _slugs(notebooks, folder_name) else "plain"


def owners(paths: list[PurePath], layout: str, folder_name: str) -> list[Owner | None]:
    """Whose each file is; None where its name is not of this layout."""
    if layout == "classroom":
        slugs = _slugs(paths, folder_name)
        return [_classroom(path, slugs) for path in paths]
    if layout == "single":
        return [_known_by("student")] * len(paths)
    find = {"plain": _plain, "nbgrader": _nbgrader, "canvas": _canvas, "moodle": _moodle}[layout]
    return [find(path) for path in paths]


def _plain(path: PurePath) -> Owner:
    if len(path.parts) > 1:
        return _known_by(path.parts[0])
    stem = COPY.sub("", path.stem)  # what browsers and file managers call a second copy
    return _known_by(LECTURE.sub("", stem) or stem)


def _known_by(name: str) -> Owner:
    return Owner(readable(name), readable(name))


def _nbgrader(path: PurePath) -> Owner | None:
    return _known_by(path.parts[0]) if len(path.parts) >= 3 else None


def _canvas(path: PurePath) -> Owner | None:
    found = CANVAS.fullmatch(path.name)
    if not found:
        return None
    again = AGAIN.search(PurePath(found["rest"]).stem)
    return Owner(readable(f"{found['name']} {found['user']}"), found["user"], int(again[1]) if again else 0)


def _moodle(path: PurePath) -> Owner | None:
    for part in path.parts:
        found = MOODLE.fullmatch(part)
        if found and found["kind"] == "file":
            return Owner(readable(f"{found['name']} {found['user']}"), found["user"])
    return None


def _deep(path: PurePath) -> bool:
    return len(path.parts) >= 2


def _repository(path: PurePath) -> tuple[str, str]:
    """The folder that an assignment was cloned into, if the path shows it, and the repository below it."""
    cloned = len(path.parts) >= 3 and path.parts[0].endswith("-submissions")
    return (path.parts[0], path.parts[1]) if cloned else ("", path.parts[0])


def _slugs(paths: list[PurePath], folder_name: str) -> dict[str, str]:
    """What stands before the user in the repositories of each folder: from its name, else what they all begin with."""
    found: dict[str, set[str]] = {}
    for folder, repository in map(_repository, filter(_deep, paths)):
        found.setdefault(folder, set()).add(repository)
    slugs = {}
    for folder, repositories in found.items():
        shared = _shared(repositories) if len(repositories) > 1 else ""
        named = (folder or folder_name).endswith("-submissions")
        slugs[folder] = (folder or folder_name).removesuffix("submissions") if named else shared
    return {folder: slug for folder, slug in slugs.items() if slug}


def _shared(names: set[str]) -> str:
    """What all begin with, up to a dash."""
    first, last = min(names), max(names)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[: first.rfind("-", 0, length) + 1]


def _classroom(path: PurePath, slugs: dict[str, str]) -> Owner | None:
    folder, repository = _repository(path)
    slug = slugs.get(folder, "")
    if not _deep(path) or not repository.startswith(slug) or repository == slug:
        return None
    return _known_by(repository.removeprefix(slug))
