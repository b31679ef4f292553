"""What marks depend on besides the submission: the exercises, their references, and the code that judges."""

import hashlib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from labkit.course.grade.marks.handout import exercises_of

LABKIT = Path(__file__).parents[3]
JUDGES = ("checking", "judging", "leaves", "problems", "recognizing", "running", "spec", "surroundings", "telling")
JUDGES = (*(f"course/check/{name}" for name in JUDGES), "course/grade/marks/grading", "course/grade/keeper/worker")


def version(hours: Iterable[int]) -> str:
    """The version of labkit, and a fingerprint that changes with the code that marks of these hours depend on."""
    exercises = [exercise for hour in sorted(hours) for exercise in exercises_of(hour)]
    addresses = {exercise.reference.split(":")[0] for exercise in exercises}
    files = {LABKIT.joinpath(*address.split(".")[1:]).with_suffix(".py") for address in addresses}
    files |= {LABKIT / f"{name}.py" for name in JUDGES}
    for exercise in exercises:
        files |= set((LABKIT / "course/exercises" / exercise.id.split(".")[0]).glob("*.py"))
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return f"{metadata.version('labkit')}+{digest.hexdigest()[:12]}"
