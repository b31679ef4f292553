"""Which misconception an answer behaves like."""

import torch

from labkit.course.check.judging import Difference, same
from labkit.course.check.running import Outcome, run
from labkit.course.check.spec import Case, Exercise, Misconception
from labkit.course.check.surroundings import neutral
from labkit.course.check.telling import is_right


def recognise(
    exercise: Exercise,
    cases: list[Case],
    outcomes: list[Outcome],
    found: list[list[Difference]],
    first: int,
    device: torch.device,
) -> Misconception | None:
    """The misconception that does the same on every case, else on every case of the property that case `first` tests.

    The second look is for answers with two slips at once: it names the one to see to first. It rests on fewer cases, so
    it names a slip only where no other one of the list does the same on them.
    """
    values_right = all(map(is_right, found))
    ran = [i for i, outcome in enumerate(outcomes) if outcome.ran]
    for second, rows in enumerate((ran, [i for i in ran if cases[i].tests == cases[first].tests])):
        if all(outcomes[i].problem is not None for i in rows):
            continue
        some, theirs = [cases[i] for i in rows], [outcomes[i] for i in rows]
        alike = (slip for slip in exercise.misconceptions if behaves_like(slip, some, theirs, device, values_right))
        named, other = next(alike, None), next(alike, None) if second else None
        if named is not None and other is None:
            return named
    return None


def behaves_like(
    misconception: Misconception, cases: list[Case], outcomes: list[Outcome], device: torch.device, deep: bool
) -> bool:
    """Whether the misconception does on every case what the outcomes say; `deep` as in `_alike`."""
    with neutral():
        for case, outcome in zip(cases, outcomes, strict=True):
            other = run(misconception.implementation, case, device, seconds=10.0)
            if not _alike(outcome, other, deep):
                return False
    return True


def _alike(one: Outcome, other: Outcome, deep: bool) -> bool:
    """The same results or the same kind of error; `deep`: the same dtypes, gradients and effects on inputs as well.

    Where values are wrong, they decide: a slip is the same slip in another dtype.
    """
    if one.problem is not None or other.problem is not None:
        return one.problem is not None and other.problem is not None and one.problem.kind == other.problem.kind
    pairs = [(one.results, other.results)] + [(one.gradients, other.gradients), (one.inputs, other.inputs)] * deep
    return all(
        set(a) == set(b)
        and all((a[path].dtype == b[path].dtype or not deep) and same(a[path], b[path], 1e-4) for path in b)
        for a, b in pairs
    )
