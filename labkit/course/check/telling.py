"""Which failure tells a learner most, and which cases prove something."""

import numpy as np
import torch

from labkit.course.check.judging import WRONG, Difference
from labkit.course.check.leaves import Leaf
from labkit.course.check.running import Outcome
from labkit.course.check.spec import Case, Exercise

SMALL = (24, 200)  # input values: what one can work through by hand, and what one can read


def is_right(differing: list[Difference]) -> bool:
    """Whether the values of a case are right, whatever else is not."""
    return not any(difference.aspect in WRONG for difference in differing)


def most_telling(exercise: Exercise, cases: list[Case], outcomes: list[Outcome], found: list[list[Difference]]) -> int:
    """The case to show: wrong values before all else, then one small enough to follow, then the first property's."""
    order = [part.name for part in exercise.properties]

    def key(i: int) -> tuple[int, int, int, int]:
        place = order.index(cases[i].tests) if cases[i].tests in order else len(order)
        return int(is_right(found[i])), sum(cases[i].size > size for size in SMALL), place, cases[i].size

    return min((i for i, differing in enumerate(found) if differing and outcomes[i].ran), key=key)


def proves_little(case: Case, expected: Outcome) -> bool:
    """Whether zeros, ones, or an input handed back would be right here: that is no evidence of understanding."""
    inputs = [value for value in case.args.values() if isinstance(value, torch.Tensor | int | float | np.ndarray)]
    flat = [np.asarray(value.detach().cpu() if torch.is_tensor(value) else value).reshape(-1) for value in inputs]
    return bool(expected.results) and all(_is_trivial(leaf, flat) for leaf in expected.results.values())


def _is_trivial(leaf: Leaf, inputs: list[np.ndarray]) -> bool:
    if leaf.values is None or leaf.kind == "text":
        return leaf.kind == "None"
    values = leaf.values.reshape(-1)
    if values.size == 0 or (values == 0).all() or (values == 1).all():
        return True
    if values.size > 1 and (values == values[0]).all():
        return True
    return any(values.size == given.size and np.array_equal(values, given) for given in inputs)
