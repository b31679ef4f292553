"""Gradescope: its results.json, and the program that its autograder runs on one submission.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/. `python -m
labkit.course.grade.run.gradescope` grades /autograder/submission (LABKIT_AUTOGRADER names another folder than
/autograder) for the hours in source/hours.json. Without a sandbox in the container it grades all the same, and says
so: the container holds one submission and is thrown away, but the reference and the judge are then within the reach of
student code.
"""

import json
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labkit.course.grade.marks.result import UNSANDBOXED, Mark, Result


def as_results(results: Sequence[Result], lines: Sequence[str] = (), total: float | None = None) -> dict[str, Any]:
    """What Gradescope reads: a score, words for the student, and a test for each exercise."""
    marks = [mark for result in results for mark in result.marks]
    output = [*lines, *([] if all(result.sandboxed for result in results) else [f"{UNSANDBOXED}."])]
    found: dict[str, Any] = {
        "score": float(sum(mark.points for mark in marks)),
        "execution_time": round(sum(result.seconds for result in results)),
        "output": "\n".join(output),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(mark, place) for place, mark in enumerate(marks, start=1)],
        "extra_data": {
            "grader": "labkit",
            "seeds": {str(result.hour): result.seed for result in results},
            "sandboxed": all(result.sandboxed for result in results),
            "max_score": float(sum(mark.max_points for mark in marks)) if total is None else total,
        },
    }
    return found


def _test(mark: Mark, place: int) -> dict[str, Any]:
    return {
        "name": f"{mark.title} ({mark.exercise})",
        "number": str(place),
        "score": mark.points,
        "max_score": mark.max_points,
        "status": "passed" if mark.points == mark.max_points else "failed",
        "output": str(mark.words()),
        "output_format": "text",
        "visibility": "visible",
    }


def write_results(path: Path, found: dict[str, Any]) -> None:
    """Write results.json in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(found, indent=1), encoding="utf-8")
    part.replace(path)


def main() -> int:
    """Grade what lies in the container, and write results.json, whatever was handed in."""
    from labkit.course.grade.intake.intake import take_in
    from labkit.course.grade.marks.handout import exercises_of

    root = Path(os.environ.get("LABKIT_AUTOGRADER", "/autograder"))
    hours = json.loads((root / "source" / "hours.json").read_text(encoding="utf-8"))
    total = float(sum(exercise.points for hour in hours for exercise in exercises_of(hour)))
    submission = root / "submission"
    lines, results = [], []
    if any(submission.iterdir()):
        intake = take_in(submission, hours, layout="single")
        lines = [f"{line.file}: {line.text}" for line in intake.lines]
        results = [_graded(item, secrets.randbits(32)) for item in intake.items]
    if not results:
        lines.append("There is no notebook that could be graded: 0 points.")
    write_results(root / "results" / "results.json", as_results(results, lines, total))
    print(*lines, f"{sum(result.score for result in results):g} of {total:g} points", sep="\n")
    return 0


def _graded(item: Any, seed: int) -> Result:
    from labkit.course.grade.keeper.worker import UnsupportedError
    from labkit.course.grade.paper.submission import read
    from labkit.course.grade.run.executors import Work, perform

    notebook = read(item.path)
    asked = (item.hour, notebook.cells, notebook.content, seed)
    try:
        return perform(Work(item.student, item.identity, *asked, sandboxed=True, remark=item.note))
    except UnsupportedError as error:
        print(f"no sandbox in this container: {error}")
        return perform(Work(item.student, item.identity, *asked, sandboxed=False, remark=item.note))


if __name__ == "__main__":
    sys.exit(main())
