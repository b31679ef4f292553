"""Exercise: the probabilities of an epsilon-greedy policy."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.rl.exploration import epsilon_greedy


def _case(draw: Draw, name: str, *shape: int, tests: str = "values") -> Case:
    """Values in random order with clear differences, and an epsilon between 0.1 and 0.6."""
    one = draw.generator
    values = torch.rand(shape, generator=one).argsort(dim=-1) + 0.3 * torch.rand(shape, generator=one)
    return Case(name, {"values": values, "epsilon": 0.1 + 0.5 * torch.rand((), generator=one).item()}, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """Two actions and more, several axes, negative values, float64; epsilon 0 and 1; ties in various positions."""
    yield _case(draw, "one state, two actions", 1, 2)
    yield _case(draw, "one state, four actions", 1, 4)
    yield _case(draw, "as many states as actions", 3, 3)
    yield _case(draw, "several states", 5, 3)
    yield _case(draw, "runs and states: two axes in front", 2, 3, 4)
    yield _case(draw, "a single state, without a batch axis", 4)
    negative = _case(draw, "all values negative", 3, 3)
    negative.args["values"] -= 10
    yield negative
    yield draw.exact(_case(draw, "float64", 2, 3))
    yield strided(_case(draw, "values that are not contiguous", 3, 4))
    for name, epsilon in (("it always explores", 1.0), ("it never explores", 0.0)):
        extreme = _case(draw, name, 3, 4, tests="limits")
        extreme.args["epsilon"] = epsilon
        yield extreme
    fresh = _case(draw, "a fresh table: all values 0", 2, 4, tests="ties")
    fresh.args["values"].zero_()
    yield fresh
    two = _case(draw, "two actions equally good", 3, 4, tests="ties")
    two.args["values"][1, 1:3] = 9.0
    yield two


EXERCISE = exercise(
    __name__,
    epsilon_greedy,
    made,
    [
        Property("shape", "a probability for each action of each state", 0.25, "shape"),
        Property("values", "all actions share epsilon, the best gets the rest", 1.25),
        Property("limits", "epsilon 0 never explores, epsilon 1 always does", 0.5),
        Property("ties", "actions that are equally good share the rest", 0.75),
        Property("inputs", "the values are left as they were", 0.25, "inputs"),
    ],
    title="Epsilon-greedy",
    minutes=5,
    difficulty=1,
    returns=("probabilities",),
    hints=(
        "Write down the probabilities by hand for four actions, epsilon 0.2, and one best action. Each of the four "
        "gets a share of epsilon: how much? What remains for the best? They must sum to 1.",
        "So there are two parts: the same small number for every action, and 1 - epsilon for the best only.",
        "Which actions are the best? Compare each value with the largest value of its state. `keepdim=True` keeps an "
        "axis, so that the two can be compared. This also finds all of them where several are equally good.",
        "A comparison gives True and False. Convert it to numbers of the dtype of `values`, and divide by the number "
        "of True in the state: then equally good actions share.",
    ),
)
