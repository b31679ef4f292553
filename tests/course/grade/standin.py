"""What the tests of the desk stand on: a worker that runs trusted code in this process, and notebooks to grade."""

import inspect
import json
import textwrap
from collections.abc import Mapping
from pathlib import Path

import torch

from labkit.course.check.problems import is_stub
from labkit.course.check.registry import find
from labkit.course.check.running import run_all
from labkit.course.desk import exercise as lecture
from labkit.course.grade.keeper.worker import FAILED, MISSING, NOT_ATTEMPTED, RAN, Attempt, Task, Worker
from labkit.course.grade.limits import Limits
from labkit.course.grade.paper.cells import parse_all
from labkit.course.grade.paper.planning import bound_by, plan
from labkit.course.press.source import parse

ROOT = Path(__file__).parents[3]
HOUR_7 = ("transformer.attend", "transformer.multi_head", "transformer.positions", "transformer.block")
HOUR_7 += ("transformer.teacher_forcing",)
NAMES = dict(zip(HOUR_7, ("attend", "multi_head", "wave_table", "block", "teacher_forcing"), strict=True))
POINTS = {"transformer.attend": 4.0, "transformer.multi_head": 3.0, "transformer.positions": 3.0}
POINTS |= {"transformer.block": 3.0, "transformer.teacher_forcing": 3.0}
PRELUDE = "import math\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
PRELUDE += "from labkit.course.desk.exercise import exercise\n"
CALLS: list[str] = []  # what was graded, one line of its code each


class StandIn(Worker):
    """Runs the cells of exercises in this process. For the tests' own notebooks only."""

    def __init__(self, limits: Limits | None = None, sandboxed: bool = True):
        self.sandboxed = sandboxed

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def run(self, task: Task) -> dict[str, Attempt]:
        """Define what there is, and run it on the cases."""
        CALLS.append(task.cells[-1] if task.cells else "")
        answers, broken = self._define(task)
        return {id: self._attempt(id, answers, broken, task) for id in task.exercises}

    def _define(self, task: Task):
        answers, broken, space, kept = {}, [], {"__name__": "__main__"}, lecture.exercise

        def recorded(id: str):
            def keep(answer):
                answers[id] = answer
                return find(id).answer if id in task.lent else answer

            return keep

        lecture.exercise = recorded
        try:
            for cell in (
                PRELUDE,
                *(cell for cell in task.cells if "@exercise(" in cell or cell.startswith("# helper")),
            ):
                try:
                    exec(compile(cell, "<ipython-input-1>", "exec"), space)
                except Exception as error:
                    broken.append((cell, f"its cell stopped with {type(error).__name__}"))
        finally:
            lecture.exercise = kept
        return answers, broken

    def _attempt(self, id: str, answers: Mapping, broken: list, task: Task) -> Attempt:
        if id not in answers:
            reason = next((why for cell, why in broken if f'"{id}"' in cell), "")
            return Attempt(FAILED, reason=reason) if reason else Attempt(MISSING, reason="no cell defines it")
        if is_stub(answers[id]):
            return Attempt(NOT_ATTEMPTED, reason="the stub as it was")
        outcomes = run_all(answers[id], task.cases[id], torch.device("cpu"), task.seconds[id])
        return Attempt(RAN, outcomes, output="what its cells printed", needs=_needs(task, id))


def _needs(task: Task, id: str) -> tuple[str, ...]:
    cells = parse_all(task.cells)
    needed = plan(cells, id, [NAMES[id]]).needed
    return tuple(other for other in HOUR_7 if other != id and needed & {NAMES[other], *bound_by(cells, other)})


def answer(id: str, misconception: int | None = None) -> str:
    """The code of a right answer, or of one of the known wrong ones, as a learner's cell."""
    exercise = find(id)
    found = exercise.answer if misconception is None else exercise.misconceptions[misconception].implementation
    if inspect.isclass(found):
        raise TypeError(f"{id} is a class: write its cell by hand")
    address = f"from {found.__module__} import {found.__name__} as the_answer"
    name = NAMES[id]
    text = f"@exercise({id!r})\ndef {name}(*args, **kwargs):\n    {address}\n\n    return the_answer(*args, **kwargs)\n"
    return text.replace("'", '"')


def solution_cells() -> list[str]:
    """The cells of the solutions of Hour 7, which need nothing of labkit's own."""
    lecture = parse(ROOT / "solutions" / "07_transformer.py")
    return [cell.text for cell in lecture.cells if "exercise" in cell.options]


def notebook(*cells: str, hour: int = 7, outputs: list | None = None) -> dict:
    """A notebook of these code cells."""
    code = [{"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None, "outputs": outputs or [],
             "source": textwrap.dedent(cell).splitlines(keepends=True)} for i, cell in enumerate(cells)]  # fmt: skip
    return {"cells": code, "metadata": {"labkit": {"hour": hour}}, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, *cells: str, hour: int = 7) -> Path:
    """Write such a notebook, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook(*cells, hour=hour)), encoding="utf-8")
    return path


def solved(*ids: str) -> list[str]:
    """Cells that solve these exercises, or all."""
    return [answer(id) for id in ids or HOUR_7]
