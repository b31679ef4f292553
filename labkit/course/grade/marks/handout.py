"""What was handed out: the exercises of an hour, what their stubs are called, and what the lecture imports."""

import ast
from functools import lru_cache
from pathlib import Path

from labkit.course.check.registry import all_exercises
from labkit.course.check.spec import Exercise
from labkit.course.grade.paper.cells import DEFINITIONS, defines, parse_all
from labkit.course.grade.paper.submission import read


def exercises_of(hour: int) -> list[Exercise]:
    """The exercises of an hour, in order. Raises LookupError if it has none."""
    found = [exercise for exercise in all_exercises().values() if exercise.hour == hour]
    if not found:
        hours = sorted({exercise.hour for exercise in all_exercises().values()})
        raise LookupError(f"hour {hour} has no exercises: there are hours {', '.join(map(str, hours))}")
    return found


@lru_cache
def handed_out(hour: int) -> tuple[str, ...]:
    """The code cells of the notebook that was handed out, where this is a checkout."""
    paths = sorted((Path(__file__).parents[4] / "notebooks").glob(f"{hour:02}_*.ipynb"))
    return tuple(cell for path in paths for cell in read(path).cells)


@lru_cache
def stub_names(hour: int) -> dict[str, str]:
    """What the answers are called in the notebook that was handed out."""
    cells = parse_all(handed_out(hour))
    names = {}
    for exercise in exercises_of(hour):
        stubs = [
            part.node.name for cell in cells if defines(cell, exercise.id) for part in cell.statements
            if isinstance(part.node, DEFINITIONS) and part.node.decorator_list
        ]  # fmt: skip
        names |= {exercise.id: stubs[-1]} if stubs else {}
    return names


@lru_cache
def lecture_imports(hour: int) -> dict[str, str]:
    """What the lecture's cells import, by the name that they give it: a cell of imports may be deleted."""
    found = {}
    for cell in parse_all(handed_out(hour)):
        for node in (part.node for part in cell.statements):
            if isinstance(node, ast.Import):
                found |= {n.asname or n.name: n.name for n in node.names if n.asname or "." not in n.name}
            elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("labkit.course"):
                found |= {n.asname or n.name: f"{node.module}:{n.name}" for n in node.names if n.name != "*"}
    return found
