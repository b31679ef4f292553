"""Canvas's gradebook: the CSV that it exports, cut down to one assignment and filled in, ready for its import.

The importer wants Student, ID and Section among the first columns and takes a row named "Points Possible". Every other
assignment is left out, so that an import changes nothing else. Rows without a mark stay empty, and change nothing.
"""

import re

from labkit.course.grade.errors import GradingError
from labkit.course.grade.export.directory import Asked, Directory
from labkit.course.grade.export.sheets import Sheet, points_of, scaled
from labkit.course.grade.intake.names import cell
from labkit.course.grade.marks.result import Result

ABOUT = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
ALSO = ["LastName", "FirstName", "Integration ID", "Root Account"]
POSSIBLE = "    Points Possible"
NUMBERED = re.compile(r"\s*\(\d+\)$")  # Canvas writes the assignment's number behind its name
EXCUSED = "EX"


def for_canvas(
    results: list[Result], directory: Directory, template: Sheet | None, column: str | None
) -> tuple[Sheet, list[str]]:
    """The table to import, and what to say about it. Raises GradingError for what is no gradebook of Canvas."""
    if template is None:
        return _made(results, column), []
    number, section = template.column("ID"), template.column("Section")
    first = template.rows[0][0].strip()
    if first not in ("Student", "LastName") or number is None or section is None:
        raise GradingError("this is no gradebook of Canvas: it has no columns Student, ID and Section")
    at = _assignment(template, results[0].hour, column)
    kept = [i for i, head in enumerate(template.rows[0]) if head.strip() in (*ABOUT, *ALSO)]
    people = [_asked(row, template, number, first == "Student") for row in template.rows[1:]]
    return _filled(results, directory.match(people), people, template, column, at, kept)


def _filled(
    results: list[Result],
    marks: list[Result | None],
    people: list[Asked],
    template: Sheet,
    column: str | None,
    at: int | None,
    kept: list[int],
) -> tuple[Sheet, list[str]]:
    """The rows of the template with the marks, `at` the column of the assignment, and what to say about it."""
    most = f"{results[0].max_score:g}"
    head = template.rows[0][at] if at is not None else column or f"Hour {results[0].hour}"
    said = [] if at is not None else [f"the gradebook has no assignment {head!r}: the import will make a new one"]
    rows, scale = [[*(template.rows[0][i] for i in kept), head]], most
    for row, person, result in zip(template.rows[1:], people, marks, strict=True):
        there = row[at] if at is not None else ""
        if "Points Possible" in row[0]:
            score = scale = there if points_of(there) else most
        elif person == Asked():
            continue
        elif there.strip().upper() == EXCUSED:
            score = there
            said += [f"{person}: excused in Canvas, and left so"] if result is not None else []
        else:
            score = scaled(result, scale) if result else ""
        rows.append([*(row[i] for i in kept), score])
    if points_of(scale) != results[0].max_score:
        said.append(f"scaled from {most} to {scale} points, as the assignment in Canvas has")
    return Sheet(rows, template.delimiter, template.mark), said


def _asked(row: list[str], template: Sheet, number: int, named: bool) -> Asked:
    """What a row says of its student; rows about the assignment say nothing."""
    if "Points Possible" in row[0] or not (row[number].strip() or row[0].strip()):
        return Asked()
    logins = [row[i] for i in map(template.column, ("SIS Login ID", "SIS User ID")) if i is not None]
    return Asked((row[number],), tuple(logins), (row[0],) if named else ())


def _made(results: list[Result], column: str | None) -> Sheet:
    """A table from nothing but our results, where they came with Canvas's own numbers."""
    if not all(result.identity.isdigit() for result in results):
        text = "Canvas knows students by numbers that are not in these file names"
        raise GradingError(f"{text}: give the gradebook that Canvas exports as --template")
    rows = [[cell(r.student), r.identity, "", "", "", f"{r.score:g}"] for r in results]
    most = [POSSIBLE, "", "", "", "", f"{results[0].max_score:g}"]
    return Sheet([[*ABOUT, column or f"Hour {results[0].hour}"], most, *rows])


def _assignment(template: Sheet, hour: int, column: str | None) -> int | None:
    """Which column is the assignment: the one named, else the only one that names the hour; None makes a new one."""
    heads = [head.strip() for head in template.rows[0]]
    if column is not None:
        exact = [i for i, head in enumerate(heads) if column in (head, NUMBERED.sub("", head))]
        if len(exact) > 1:
            raise GradingError(f"{len(exact)} assignments are called {column!r}: name one with its number in brackets")
        return exact[0] if exact else None
    wanted = re.compile(rf"\bhour\s+{hour}\b|\b{hour:02}_", re.IGNORECASE)
    found = [i for i, head in enumerate(heads) if wanted.search(NUMBERED.sub("", head))]
    if len(found) > 1:
        raise GradingError(f"{' and '.join(repr(heads[i]) for i in found)} may both be meant: say which with --column")
    return found[0] if found else None
