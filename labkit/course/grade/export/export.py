"""Marks in the formats of other systems: `labkit grade export --to canvas|moodle|nbgrader|classroom`.

canvas     the gradebook's CSV import: Student, ID, SIS User ID, SIS Login ID, Section, one column for the assignment
moodle     the grading worksheet of the assignment, filled in: Identifier, Grade, and the feedback where it has a column
nbgrader   the columns of `nbgrader export`; or, with a gradebook.db as template, a copy of it with the marks in it
classroom  the columns of GitHub Classroom's grades, and for each user the JSON that its autograding reporter takes
"""

import json
from pathlib import Path

from labkit.course.grade.errors import GradingError
from labkit.course.grade.export.canvas import for_canvas
from labkit.course.grade.export.directory import Asked, Directory
from labkit.course.grade.export.moodle import for_moodle
from labkit.course.grade.export.sheets import Sheet
from labkit.course.grade.intake.intake import STORE
from labkit.course.grade.intake.names import cell, file_name
from labkit.course.grade.marks.result import UNSANDBOXED, Result
from labkit.course.grade.marks.store import Store

SYSTEMS = ("canvas", "moodle", "nbgrader", "classroom")
NBGRADER = ["assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score"]
NBGRADER += ["late_submission_penalty", "score", "max_score"]
CLASSROOM = ["assignment_name", "assignment_url", "starter_code_url", "github_username", "roster_identifier"]
CLASSROOM += ["student_repository_name", "student_repository_url", "submission_timestamp"]
CLASSROOM += ["points_awarded", "points_available"]


def results_in(place: Path, hour: int | None) -> tuple[int, list[Result]]:
    """The results of the last finished run in a store, or in the folder of one, for one hour. Raises GradingError."""
    path = place / STORE if place.is_dir() else place
    if not path.is_file():
        raise GradingError(f"there are no results in {place}: give the --out folder of a run")
    with Store(path) as store:
        run = store.last()
        results = list(store.results(store.listed(run))) if run else []
    if not results:
        raise GradingError(f"no run in {path} has ended yet: run `labkit grade ... --resume` first")
    hours = sorted({result.hour for result in results})
    if hour is None and len(hours) > 1:
        raise GradingError(f"there are results of hours {', '.join(map(str, hours))}: say which with --hour")
    chosen = hours[0] if hour is None else hour
    kept = [result for result in results if result.hour == chosen]
    if not kept:
        raise GradingError(f"there are no results of hour {chosen}, but of {', '.join(map(str, hours))}")
    return chosen, kept


def export(results: list[Result], to: str, target: Path, template: Path | None, column: str | None) -> list[str]:
    """Write the marks for a system. Gives lines on what was not matched. Raises GradingError."""
    notes = [] if all(result.sandboxed for result in results) else [UNSANDBOXED]
    if to == "nbgrader" and template is not None:
        from labkit.course.grade.export.gradebook import fill

        return notes + fill(results, template, target, column)
    write = {"canvas": for_canvas, "moodle": for_moodle, "nbgrader": _nbgrader, "classroom": _classroom}[to]
    directory = Directory(results)
    sheet, said = write(results, directory, Sheet.read(template) if template else None, column)
    sheet.write(target)
    if to == "classroom":
        _reports(results, target.with_name(f"{target.stem}-autograding"))
    left = directory.left() if template is not None else []
    said += directory.said
    return notes + said + [f"{name}: not found in {template}, left out" for name in left]


def _nbgrader(
    results: list[Result], directory: Directory, template: Sheet | None, column: str | None
) -> tuple[Sheet, list[str]]:
    if template is not None:
        raise GradingError("nbgrader reads no table of marks: give its gradebook.db as --template, or no template")
    name, rows = column or f"hour_{results[0].hour:02}", []
    for result in results:
        score = str(result.score)
        rows.append([name, "", "", cell(result.identity), "", "", "", score, "0.0", score, str(result.max_score)])
    return Sheet([NBGRADER, *rows]), []


def _classroom(
    results: list[Result], directory: Directory, template: Sheet | None, column: str | None
) -> tuple[Sheet, list[str]]:
    if template is None:
        name = column or f"Hour {results[0].hour}"
        rows = [[name, "", "", cell(r.identity), "", "", "", "", f"{r.score:g}", f"{r.max_score:g}"] for r in results]
        return Sheet([CLASSROOM, *rows]), []
    user, points, most = (template.column(name) for name in ("github_username", *CLASSROOM[-2:]))
    if user is None or points is None or most is None:
        raise GradingError(f"this is no table of grades of GitHub Classroom: its columns are {', '.join(CLASSROOM)}")
    found = directory.match([Asked(logins=(row[user],)) for row in template.rows[1:]])
    for row, result in zip(template.rows[1:], found, strict=True):
        if result is not None:
            row[points], row[most] = f"{result.score:g}", f"{result.max_score:g}"
    return template, []


def _reports(results: list[Result], folder: Path) -> None:
    """For each user, what an autograding runner hands to the reporter."""
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        tests = [{"name": m.exercise, "status": "pass" if m.points == m.max_points else "fail", "score": m.points,
                  "message": str(m.words())} for m in result.marks]  # fmt: skip
        status = "pass" if result.score == result.max_score else "fail"
        found = {"version": 1, "status": status, "max_score": result.max_score, "tests": tests}
        path = folder / f"{file_name(result.identity)}.json"
        path.write_text(json.dumps(found, indent=1), encoding="utf-8")
