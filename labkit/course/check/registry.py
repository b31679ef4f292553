"""Where exercises are found: `labkit.course.exercises.LECTURE.NAME` holds the one with the id `LECTURE.NAME`."""

import difflib
import importlib
import pkgutil
from functools import cache

from labkit.course.check.spec import Exercise

ROOM = "labkit.course.exercises"


class UnknownExerciseError(LookupError):
    """There is no exercise of that id: a slip of the author, not of the learner."""


@cache
def all_exercises() -> dict[str, Exercise]:
    """Every exercise of the kit by its id, in the order of their hours."""
    package = importlib.import_module(ROOM)
    names = [found.name for found in pkgutil.walk_packages(package.__path__, f"{ROOM}.") if not found.ispkg]
    modules = {name.removeprefix(f"{ROOM}."): importlib.import_module(name) for name in names}
    found = {id: module.EXERCISE for id, module in modules.items() if hasattr(module, "EXERCISE")}
    for id, exercise in found.items():
        if exercise.id != id:
            raise ValueError(f"the exercise in {ROOM}.{id} calls itself {exercise.id!r}: it should be {id!r}")
    return dict(sorted(found.items(), key=lambda pair: (pair[1].hour, pair[1].position)))


def find(id: str) -> Exercise:
    """The exercise with this id. Raises UnknownExerciseError."""
    known = all_exercises()
    if id not in known:
        near = difflib.get_close_matches(str(id), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        raise UnknownExerciseError(f"there is no exercise {id!r}: {hint}")
    return known[id]
