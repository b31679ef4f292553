"""Running a notebook's code for one exercise, and finding the answer in it. In the child, without IPython."""

import inspect
import linecache
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

from labkit.course.check.clock import TimeUp, time_limit
from labkit.course.grade.cage.standins import Register, is_untouched
from labkit.course.grade.paper.cells import Cell, Statement
from labkit.course.grade.paper.planning import Plan, bound_by, plan
from labkit.course.grade.wire.parcel import Job, Parcel

USUAL = {"math": "math", "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "np": "numpy"}
USUAL |= {"plt": "matplotlib.pyplot", "einops": "einops", "labkit": "labkit", "Tensor": "torch:Tensor"}
USUAL |= {name: f"einops:{name}" for name in ("rearrange", "repeat", "reduce", "einsum")}


@dataclass
class Found:
    """An answer, or why there is none: a status and a sentence; and on which other exercises it builds."""

    answer: Any = None
    status: str = "ran"
    reason: str = ""
    needs: tuple[str, ...] = ()


@dataclass
class Run:
    """The state of a notebook that was run for one exercise."""

    module: ModuleType
    register: Register
    errors: dict[int, str] = field(default_factory=dict)  # by the number of the cell


def find(
    cells: Sequence[Cell], job: Job, parcel: Parcel, register: Register, extra: dict[str, Any], seconds: float
) -> Found:
    """Run what the exercise needs, for so many seconds, and look for its answer."""
    made = plan(cells, job.id, job.names)
    register.answers.clear()
    imported = {name: address for name, address in parcel.imports.items() if name in made.needed}
    run = Run(_fresh_module(extra, imported), register)
    try:
        with time_limit(seconds, wall=2 * seconds):
            _perform(made, run, job.id)
    except TimeUp:
        late = f"The cells that it needs did not finish within {seconds:g} seconds."
        run.errors |= {number: late for number in made.full if number not in run.errors}
    others = {id: {*names, *bound_by(cells, id)} for id, names in parcel.names.items() if id != job.id}
    needs = tuple(id for id, names in others.items() if names & made.needed)
    return replace(_choose(made, run, job), needs=needs)


def _fresh_module(extra: dict[str, Any], imported: dict[str, str]) -> ModuleType:
    """The notebook's own `__main__`, with what the lecture's cells import, should those have been deleted."""
    module = ModuleType("__main__")
    for name, place in imported.items():
        owner, _, part = place.partition(":")
        try:
            setattr(module, name, getattr(import_module(owner), part) if part else import_module(owner))
        except (ImportError, AttributeError):
            continue  # not there for a learner either
    for name, place in USUAL.items():
        owner, _, part = place.partition(":")
        setattr(module, name, getattr(import_module(owner), part) if part else import_module(owner))
    vars(module).update(extra)
    sys.modules["__main__"] = module
    return module


def _perform(made: Plan, run: Run, id: str) -> None:
    for cell in made.cells:
        linecache.cache[cell.file] = (len(cell.text), None, cell.text.splitlines(keepends=True), cell.file)
    for cell in made.cells:
        _cell(cell, made, run)
    again = [cell for cell in made.cells if cell.number in made.full and cell.number in run.errors]
    for cell in again if id not in run.register.answers else []:  # what it needs may stand below it
        run.errors.pop(cell.number)
        _cell(cell, made, run)


def _cell(cell: Cell, made: Plan, run: Run) -> None:
    """Each statement by itself: what fails costs itself, and the first failure is what is told."""
    if cell.error is not None:
        line, message = cell.error
        run.errors[cell.number] = f"There is a syntax error in line {line} of its cell: {message}."
    for part in made.statements(cell):
        wrong = _statement(part, cell, run.module)
        if wrong:
            run.errors.setdefault(cell.number, wrong)


def _statement(part: Statement, cell: Cell, module: ModuleType) -> str:
    """Run it. Returns what happened, as a sentence, if it raised anything but the end of the time."""
    try:
        _await(eval(part.code, vars(module)))
    except TimeUp:
        raise
    except BaseException as error:  # SystemExit as well: a cell ends, the notebook goes on
        return _sentence(error, cell)
    return ""


def _await(waiting: Any) -> None:
    """What a statement with `await` at the top of a cell comes to; others come to None."""
    if inspect.iscoroutine(waiting):
        with suppress(StopIteration):
            while True:
                waiting.send(None)


def _sentence(error: BaseException, cell: Cell) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == cell.file]
    where = f" in line {lines[-1]}" if lines else ""
    try:
        says = " ".join(str(error).split())[:300]
    except Exception as inner:  # an error of the learner's own class, whose text cannot be had
        says = f"(a message that cannot be shown: {type(inner).__name__})"
    return f"Its cell stopped{where} with {type(error).__name__}{': ' + says if says else ''}."


def _choose(made: Plan, run: Run, job: Job) -> Found:
    """The last answer handed in that is more than the stub; without a decorator, what has the stub's name."""
    given = run.register.answers.get(job.id, [])
    given = given or [vars(run.module)[name] for name in job.names if _is_theirs(vars(run.module).get(name))]
    written = [answer for answer in given if not is_untouched(answer)]
    if written and not callable(written[-1]):
        kind = type(written[-1]).__name__
        return Found(status="failed", reason=f"This is an object of type {kind}, and should be a function or class.")
    if written:
        return Found(written[-1])
    failed = [cell for cell in made.cells if cell.number in run.errors and _concerns(cell, made, job)]
    if failed:
        return Found(status="failed", reason=run.errors[failed[-1].number])
    if given:
        return Found(status="not attempted", reason="It is as it was handed out.")
    return Found(status="missing", reason="No cell of the notebook defines it.")


def _is_theirs(value: Any) -> bool:
    return isinstance(value, FunctionType | type) and value.__module__ == "__main__"


def _concerns(cell: Cell, made: Plan, job: Job) -> bool:
    """Whether a cell that failed would have defined the answer; where it is no Python, by its id or name."""
    if cell.error is None:
        return cell.number in made.defining
    return job.id in cell.text or any(f"def {name}(" in cell.text or f"class {name}" in cell.text for name in job.names)
