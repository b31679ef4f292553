"""Grading one submission: hidden cases from a seed, a worker that runs the student's code, a judge here.

The worker knows no expected result; the judge never runs a line of the student's. What the student reads is written
here, of the kit's own words and of lines of the submission itself: nothing that came out of a hidden case.
"""

import builtins
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import lru_cache

import torch

from labkit.course.check.checking import NOT_ATTEMPTED, NOT_YET, PASSED, Report, judge
from labkit.course.check.feedback import WRONG, Note, failure_lines, feedback
from labkit.course.check.problems import OUT_OF_REACH, OWN, PLAIN, Problem
from labkit.course.check.registry import find
from labkit.course.check.running import OUT_OF_TIME
from labkit.course.check.spec import Case, Exercise
from labkit.course.check.surroundings import neutral
from labkit.course.grade.keeper.worker import DIED, FAILED, MISSING, RAN, Attempt, Task, Worker
from labkit.course.grade.marks.handout import exercises_of, lecture_imports, stub_names
from labkit.course.grade.marks.result import Mark, Result

OURS = ("It did not finish in time.",)  # reasons that say nothing of the submission
CPU = torch.device("cpu")
SLACK = 3.0  # times what a learner is given: a grader shares its cores, and that must cost nobody marks
OUTPUT = 20_000
PUBLIC = 20_260_101  # the seed of the cases that feedback may show; hidden ones have the run's own
STUB = '@exercise("{id}")\ndef {name}():\n    raise NotImplementedError()\n'  # becomes what is lent, under this name
WORD = re.compile(r"\w+")
ELSEWHERE = "What follows uses labkit's own"


@lru_cache(maxsize=64)
def hidden_cases(hour: int, seed: int) -> dict[str, list[Case]]:
    """The cases of a run: the same for everyone in it."""
    with neutral():
        return {exercise.id: exercise.cases(seed, CPU) for exercise in exercises_of(hour)}


def grade(cells: Sequence[str], hour: int, seed: int, worker: Worker) -> tuple[tuple[Mark, ...], str]:
    """The marks of a notebook's code cells, and what they printed. Raises nothing because of them.

    An answer that is not right and builds on an earlier exercise that is not right either is tried again on labkit's
    own version of that one, as in the learner's notebook: a slip costs its points once.
    """
    exercises, cases = {exercise.id: exercise for exercise in exercises_of(hour)}, hidden_cases(hour, seed)
    seconds = {id: SLACK * exercise.seconds for id, exercise in exercises.items()}
    hidden = tuple(address for exercise in exercises.values() for address in exercise.hidden)
    task = Task(tuple(cells), tuple(exercises), cases, seconds, names=stub_names(hour), hidden=hidden)
    task = replace(task, imports=lecture_imports(hour))
    attempts = worker.run(task)
    marks = {id: _mark(exercise, attempts[id], cases[id], cells) for id, exercise in exercises.items()}
    output = "\n".join(dict.fromkeys(a.output for a in attempts.values() if a.output))[:OUTPUT]
    ids = list(exercises)
    for place, (id, exercise) in enumerate(exercises.items()):
        lent = tuple(o for o in ids[:place] if o in attempts[id].needs and marks[o].status != PASSED)
        if lent and marks[id].status not in (PASSED, NOT_ATTEMPTED, MISSING):
            names = [(other, task.names.get(other, other.rpartition(".")[2])) for other in lent]
            borrowed = tuple(STUB.format(id=other, name=name) for other, name in names)
            again = worker.run(
                replace(task, cells=(*borrowed, *cells), exercises=(id,), lent=lent, hidden=exercise.hidden)
            )
            marks[id] = max(marks[id], _mark(exercise, again[id], cases[id], cells), key=lambda mark: mark.points)
    return tuple(_with_example(task, marks, worker).values()), output


def _with_example(task: Task, marks: dict[str, Mark], worker: Worker) -> dict[str, Mark]:
    """What is wrong with the answers that ran and are not right, on an input that students may see.

    A child that has never seen a hidden case runs them on the public ones, so that nothing hidden can come out.
    """
    wrong = tuple(id for id, mark in marks.items() if mark.status == NOT_YET)
    if not wrong:
        return marks
    public = {id: find(id).cases(PUBLIC, CPU) for id in wrong}
    attempts = worker.run(replace(task, exercises=wrong, cases=public))
    found = dict(marks)
    for id in wrong:
        attempt = attempts[id]
        if attempt.status == RAN and len(attempt.outcomes) == len(public[id]):
            report = judge(find(id), public[id], attempt.outcomes, CPU)
            said = [*marks[id].note["paragraphs"], *failure_lines(report)]
            found[id] = replace(marks[id], note={**marks[id].note, "paragraphs": said})
    return found


def grade_for(student: tuple[str, str], notebook: tuple[Sequence[str], str], asked: tuple[int, int],
              worker: Worker, sandboxed: bool, remark: str = "") -> Result:  # fmt: skip
    """The result of a student (name, identity) on a notebook (cells, fingerprint), for an (hour, seed)."""
    start = time.perf_counter()
    marks, output = grade(notebook[0], *asked, worker)
    seconds = round(time.perf_counter() - start, 3)
    hour, seed = asked
    return Result(*student, hour, notebook[1], seed, sandboxed, seconds, marks, remark, output)


def _mark(exercise: Exercise, attempt: Attempt, cases: list[Case], cells: Sequence[str]) -> Mark:
    if attempt.status == RAN and len(attempt.outcomes) == len(cases):
        report = judge(exercise, cases, attempt.outcomes, CPU)
        note = feedback(report, hidden=True)
        said = [text for text in note.paragraphs if not text.startswith(ELSEWHERE)]
        stopped = next((o.problem for o in attempt.outcomes if o.problem is not None), None)
        if stopped is not None and report.status != NOT_ATTEMPTED:
            said.insert(0, in_own_words(stopped, cells))
        misconception = report.misconception.name if report.misconception else ""
        return _with(exercise, report.status, report.points, note, said, misconception)
    if attempt.status == NOT_ATTEMPTED:
        note = feedback(Report(exercise, NOT_ATTEMPTED))
        said = [text for text in note.paragraphs if not text.startswith(ELSEWHERE)]
        return _with(exercise, NOT_ATTEMPTED, 0.0, note, said)
    said = ["No points: it did not give one result for each case."]
    if attempt.status == MISSING:
        said = [f"There is no answer in the notebook: nothing in it is marked `@exercise({exercise.id!r})`."]
    elif attempt.status == FAILED:
        said = [failed(attempt.reason)]
    elif attempt.status == DIED:
        said = [f"No points: {attempt.reason[:500]}"]
    title = f"{exercise.title} ({exercise.id}): {attempt.status}, 0 of {exercise.points:g} points"
    return _with(exercise, attempt.status, 0.0, Note(title, mark=WRONG), said)


def _with(exercise: Exercise, status: str, points: float, note: Note, said: list[str], slip: str = "") -> Mark:
    fields = asdict(note) | {"paragraphs": said}
    return Mark(exercise.id, exercise.title, points, exercise.points, status, slip, fields)


def in_own_words(problem: Problem, cells: Sequence[str]) -> str:
    """What stopped an answer, without a message: a message may hold the hidden input. Code only if it was handed in."""
    if problem.kind in OUT_OF_TIME:
        return "On at least one input it did not finish in time: is there a loop that does not end?"
    if problem.message.startswith(OUT_OF_REACH):
        return OWN
    kind = problem.kind if problem.kind in PLAIN or _is_error(problem.kind) else "an error of its own"
    written = {line.strip() for cell in cells for line in cell.split("\n")}
    where = f" in the line `{problem.code}`" if problem.code and problem.code.strip() in written else ""
    plain = f": {PLAIN[problem.kind]}" if problem.kind in PLAIN else ""
    return f"On at least one input it stopped with {kind}{where}{plain}."


def failed(reason: str) -> str:
    """Why an answer could not be defined; of the reason, which its own code may have written, only kind and line."""
    line = re.search(r"in line (\d{1,4})\b", reason)
    where = f" in line {line[1]}" if line else ""
    if reason.startswith("There is a syntax error"):
        return f"No points: there is a syntax error{where} of its cell."
    if reason in OURS:
        return f"No points: {reason}"
    kind = next((word for word in WORD.findall(reason) if word in PLAIN or _is_error(word)), "")
    plain = f": {PLAIN[kind]}" if kind in PLAIN else ""
    return f"No points: its cell stopped{where} with {kind or 'an error of its own'}{plain}."


def _is_error(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)
