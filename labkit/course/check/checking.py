"""From an answer to a report, in steps that graders use one by one: make cases, run, judge.

cases = exercise.cases(seed, device)
outcomes = run_all(answer, cases, device)             # in a child process, when the answer is a stranger's
report = judge(exercise, cases, outcomes, device)     # needs no answer any more
"""

from dataclasses import dataclass
from typing import Any

import torch

from labkit.course.check.judging import WRONG, Difference, differences
from labkit.course.check.problems import is_stub
from labkit.course.check.recognizing import behaves_like, recognise
from labkit.course.check.running import Outcome, run, run_all
from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.check.surroundings import neutral
from labkit.course.check.telling import is_right, most_telling, proves_little

PASSED, NOT_YET, NOT_ATTEMPTED = "passed", "not yet right", "not attempted"


@dataclass(frozen=True)
class Verdict:
    """A property, whether the answer has it, and its points.

    `tried` is false where nothing that the answer did is evidence for or against it; `waits` is true where it holds,
    and earns its points once more of the answer is right.
    """

    property: Property
    passed: bool
    earned: float = 0.0
    tried: bool = True
    waits: bool = False


@dataclass(frozen=True)
class Failure:
    """The most telling case that went wrong, and what was wrong with it."""

    case: Case
    difference: Difference
    printed: str = ""


@dataclass(frozen=True)
class Report:
    """What there is to say about an answer."""

    exercise: Exercise
    status: str
    verdicts: tuple[Verdict, ...] = ()
    failure: Failure | None = None
    misconception: Misconception | None = None

    @property
    def points(self) -> float:
        """The points earned, those for part of the work included."""
        return float(sum(verdict.earned for verdict in self.verdicts))

    @property
    def passed(self) -> bool:
        """Whether nothing is left to do."""
        return self.status == PASSED


def check(exercise: Exercise, answer: Any, seed: int, device: torch.device | str = "cpu") -> Report:
    """Check an answer in this process. Raises nothing because of the answer."""
    device = torch.device(device)
    if not callable(answer):
        wanted = f"a function or class, such as labkit's {exercise.reference.split(':')[1]}"
        problem = Difference(
            "error", "", "", "", f"This is an object of type {type(answer).__name__}, and should be {wanted}."
        )
        verdicts = tuple(Verdict(part, False) for part in exercise.properties)
        return Report(exercise, NOT_YET, verdicts, Failure(Case("the definition", {}), problem))
    if is_stub(answer) and not is_stub(exercise.answer):
        return not_attempted(exercise)
    with neutral():
        cases = exercise.cases(seed, device)
    return judge(exercise, cases, run_all(answer, cases, device, exercise.seconds, retries=1), device)


def judge(exercise: Exercise, cases: list[Case], outcomes: list[Outcome], device: torch.device | str = "cpu") -> Report:
    """Compare the outcomes of an answer with those of the reference."""
    device = torch.device(device)
    if outcomes and all(outcome.problem is not None and outcome.problem.untouched for outcome in outcomes):
        return not_attempted(exercise)
    if exercise.bug is not None and behaves_like(exercise.bug, cases, outcomes, device, deep=True):
        return not_attempted(exercise)
    with neutral():
        expected = [run(exercise.answer, case, device, seconds=60.0) for case in cases]
    for case, outcome in zip(cases, expected, strict=True):
        if outcome.problem is not None:
            raise RuntimeError(f"{exercise.id}: the reference fails on {case.name!r}: {outcome.problem.sentence()}")
    rows = zip(cases, outcomes, expected, strict=True)
    found = [differences(exercise, case, outcome, right) for case, outcome, right in rows]
    verdicts = _verdicts(exercise, cases, outcomes, found, expected)
    if not any(found):
        return Report(exercise, PASSED, verdicts)
    first = most_telling(exercise, cases, outcomes, found)
    failure = Failure(cases[first], found[first][0], outcomes[first].printed)
    slip = recognise(exercise, cases, outcomes, found, first, device)
    return Report(exercise, NOT_YET, verdicts, failure, slip)


def not_attempted(exercise: Exercise) -> Report:
    """The report where nothing has been written yet."""
    return Report(exercise, NOT_ATTEMPTED, tuple(Verdict(part, False) for part in exercise.properties))


def not_an_answer(report: Report, words: str) -> Report:
    """The report on an answer that is none, although its results are right: no points, and why."""
    verdicts = tuple(Verdict(part, False, tried=False) for part in report.exercise.properties)
    failure = Failure(Case("any input", {}), Difference("error", "", "", "", words))
    return Report(report.exercise, NOT_YET, verdicts, failure)


def _verdicts(
    exercise: Exercise,
    cases: list[Case],
    outcomes: list[Outcome],
    found: list[list[Difference]],
    expected: list[Outcome],
) -> tuple[Verdict, ...]:
    """Points follow what was shown right.

    A case whose results are zeros, ones or an input handed back proves little: an answer that is right only there
    earns nothing. Shape, dtype, gradients and inputs earn their points once at least half of the cases are right.
    """
    right = [outcome.ran and is_right(differing) for outcome, differing in zip(outcomes, found, strict=True)]
    little = [proves_little(case, outcome) for case, outcome in zip(cases, expected, strict=True)]
    some = any(good and not small for good, small in zip(right, little, strict=True)) or (all(little) and any(right))
    most = 2 * sum(right) >= len(cases)
    verdicts = []
    for part in exercise.properties:
        holds = _holds(part, cases, outcomes, found)
        counts = some and (part.aspect == "values" or most)
        earned = part.points if holds and counts else 0.0
        verdicts.append(Verdict(part, bool(holds) and counts, earned, holds is not None, bool(holds) and not counts))
    return tuple(verdicts)


def _holds(part: Property, cases: list[Case], outcomes: list[Outcome], found: list[list[Difference]]) -> bool | None:
    """Whether a property holds, or None where nothing shows it: the cases that would have not run, or are not right."""
    ran = [(case, differing) for case, outcome, differing in zip(cases, outcomes, found, strict=True) if outcome.ran]
    if part.aspect in ("gradients", "dtype", "inputs"):
        seen = [{d.aspect for d in differing} for _, differing in ran if is_right(differing) or part.aspect == "inputs"]
        if any(part.aspect in aspects for aspects in seen):
            return False
        return True if any(is_right(differing) for _, differing in ran) else None
    named = part.aspect == "values" and any(case.tests == part.name for case in cases)
    mine = [differing for case, differing in ran if case.tests == part.name or not named]
    bad = ("error", "shape") if part.aspect == "shape" else WRONG
    wrong = any(d.aspect in bad and (part.result in ("", d.what) or not d.single) for ds in mine for d in ds)
    return not wrong if mine else None
