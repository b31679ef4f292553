"""From an answer to a report, in steps that graders use one by one: make cases, run, judge.

cases = exercise.cases(seed, device)
outcomes = run_all(answer, cases, device)             # in a child process, when the answer is a stranger's
report = judge(exercise, cases, outcomes, device)     # needs no answer any more
"""

from dataclasses import dataclass
from typing import Any

import torch

from labkit.course.check.judging import Difference, differences, same
from labkit.course.check.problems import is_stub
from labkit.course.check.running import Outcome, run, run_all, untouched_generators
from labkit.course.check.spec import Case, Exercise, Misconception, Property

WRONG = ("error", "shape", "dtype", "values")
PASSED, NOT_YET, NOT_ATTEMPTED = "passed", "not yet right", "not attempted"


@dataclass(frozen=True)
class Verdict:
    """A property, whether the answer has it, and its points, which are none while no case is right."""

    property: Property
    passed: bool
    earned: float = 0.0


@dataclass(frozen=True)
class Failure:
    """The smallest case that went wrong, and what was wrong with it."""

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
        return Report(exercise, NOT_ATTEMPTED, tuple(Verdict(part, False) for part in exercise.properties))
    with untouched_generators():
        cases = exercise.cases(seed, device)
    return judge(exercise, cases, run_all(answer, cases, device, exercise.seconds), device)


def judge(exercise: Exercise, cases: list[Case], outcomes: list[Outcome], device: torch.device | str = "cpu") -> Report:
    """Compare the outcomes of an answer with those of the reference."""
    device = torch.device(device)
    if outcomes and all(outcome.problem is not None and outcome.problem.untouched for outcome in outcomes):
        return Report(exercise, NOT_ATTEMPTED, tuple(Verdict(part, False) for part in exercise.properties))
    if exercise.bug is not None and _behaves_like(exercise.bug, cases, outcomes, device, deep=True):
        return Report(exercise, NOT_ATTEMPTED, tuple(Verdict(part, False) for part in exercise.properties))
    with untouched_generators():
        expected = [run(exercise.answer, case, device, seconds=60.0) for case in cases]
    for case, outcome in zip(cases, expected, strict=True):
        if outcome.problem is not None:
            raise RuntimeError(f"{exercise.id}: the reference fails on {case.name!r}: {outcome.problem.sentence()}")
    rows = zip(cases, outcomes, expected, strict=True)
    found = [differences(exercise, case, outcome, right) for case, outcome, right in rows]
    held = [_holds(part, cases, found) for part in exercise.properties]
    some_right = any(_right(differing) for differing in found)
    pairs = zip(exercise.properties, held, strict=True)
    verdicts = tuple(Verdict(part, holds, part.points if holds and some_right else 0.0) for part, holds in pairs)
    if not any(found):
        return Report(exercise, PASSED, verdicts)
    failing = [i for i, differing in enumerate(found) if differing]
    first = min(failing, key=lambda i: cases[i].size)
    failure = Failure(cases[first], found[first][0], outcomes[first].printed)
    return Report(exercise, NOT_YET, verdicts, failure, recognise(exercise, cases, outcomes, found, device))


def _right(differing: list[Difference]) -> bool:
    """Whether the values of a case are right, whatever else is not."""
    return not any(difference.aspect in WRONG for difference in differing)


def _holds(part: Property, cases: list[Case], found: list[list[Difference]]) -> bool:
    """Whether a property holds: gradients and inputs count only where the values are right, and there must be such."""
    if part.aspect in ("gradients", "inputs"):
        right = [{d.aspect for d in differing} for differing in found if _right(differing)]
        return bool(right) and not any(part.aspect in seen for seen in right)
    named = part.aspect == "values" and any(case.tests == part.name for case in cases)
    mine = [differing for case, differing in zip(cases, found, strict=True) if case.tests == part.name or not named]
    bad = ("error", "shape") if part.aspect == "shape" else WRONG
    return bool(mine) and not any(
        d.aspect in bad and (part.result in ("", d.what) or not d.single) for differing in mine for d in differing
    )


def recognise(
    exercise: Exercise, cases: list[Case], outcomes: list[Outcome], found: list[list[Difference]], device: torch.device
) -> Misconception | None:
    """The misconception that does the same on every case, else on every case of the first property that fails.

    The second look is for answers with two slips at once: it names the one to see to first.
    """
    values_right = all(map(_right, found))
    first = min((i for i, differing in enumerate(found) if differing), key=lambda i: cases[i].size)
    for rows in (range(len(cases)), [i for i, case in enumerate(cases) if case.tests == cases[first].tests]):
        if all(outcomes[i].problem is not None for i in rows):
            continue
        some, theirs = [cases[i] for i in rows], [outcomes[i] for i in rows]
        for misconception in exercise.misconceptions:
            if _behaves_like(misconception, some, theirs, device, values_right):
                return misconception
    return None


def _behaves_like(
    misconception: Misconception, cases: list[Case], outcomes: list[Outcome], device: torch.device, deep: bool
) -> bool:
    with untouched_generators():
        for case, outcome in zip(cases, outcomes, strict=True):
            other = run(misconception.implementation, case, device, seconds=10.0)
            if not _alike(outcome, other, deep):
                return False
    return True


def _alike(one: Outcome, other: Outcome, deep: bool) -> bool:
    """The same results or the same kind of error; `deep`: the same gradients and effects on the inputs as well."""
    if one.problem is not None or other.problem is not None:
        return one.problem is not None and other.problem is not None and one.problem.kind == other.problem.kind
    pairs = [(one.results, other.results)] + [(one.gradients, other.gradients), (one.inputs, other.inputs)] * deep
    return all(
        set(a) == set(b) and all(a[path].dtype == b[path].dtype and same(a[path], b[path], 1e-4) for path in b)
        for a, b in pairs
    )
