"""Exercise: the target of double DQN."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.rl.targets import double_target


def _case(draw: Draw, name: str, count: int, actions: int, tests: str = "values", ends: tuple[int, ...] = ()) -> Case:
    """Two networks that disagree, in every row, on which action is the best, where there are several."""
    one = draw.generator
    shuffled = torch.stack([torch.randperm(actions, generator=one) for _ in range(count)])
    online = shuffled + 0.4 * torch.rand(count, actions, generator=one)
    shift = 2 - 4 * (torch.arange(count)[:, None] % 2)  # now the one, now the other predicts more
    target = shift + shuffled.roll(1, dims=1) + 0.4 * torch.rand(count, actions, generator=one)
    terminated = torch.zeros(count, dtype=torch.bool)
    terminated[list(ends)] = True
    args = {
        "reward": 1 + torch.rand(count, generator=one),
        "next_online": online,
        "next_target": target,
        "terminated": terminated,
        "truncated": torch.arange(count) % 3 == 1,
        "discount": 0.5 + 0.45 * torch.rand((), generator=one).item(),
    }
    return Case(name, args, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """One and several steps, as many steps as actions, ends, negative and infinite values, float64."""
    yield _case(draw, "one step, two actions", 1, 2)
    yield _case(draw, "two steps, three actions", 2, 3)
    yield _case(draw, "as many steps as actions", 3, 3)
    yield _case(draw, "many steps", 7, 4)
    negative = _case(draw, "all values negative", 3, 3)
    for name in ("next_online", "next_target"):
        negative.args[name] -= 20
    yield negative
    precise = draw.exact(_case(draw, "float64", 3, 3))
    precise.args["discount"] = 0.75  # in float32 as well: a mask of `.float()` is no slip of precision
    yield precise
    agree = _case(draw, "two networks that are one", 3, 3, "agree")
    agree.args["next_target"] = agree.args["next_online"].clone()
    yield agree
    yield _case(draw, "a terminated step", 3, 3, "end", (1,))
    yield _case(draw, "two terminated steps", 4, 2, "end", (0, 3))
    infinite = _case(draw, "an infinite value after the end", 3, 2, "end", (0,))
    infinite.args["next_target"][0] = torch.inf
    yield infinite


EXERCISE = exercise(
    __name__,
    double_target,
    made,
    [
        Property("shape", "one target for each step", 0.25, "shape"),
        Property("values", "the online network chooses, the target network evaluates", 1.5),
        Property("agree", "with two equal networks it is the plain target", 0.5),
        Property("end", "after termination nothing is earned, whatever the networks predict", 0.5),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ],
    title="The double target",
    minutes=5,
    difficulty=2,
    returns=("target",),
    hints=(
        "There are two questions. Which action is the best? What is that action worth? Write down which network "
        "answers which.",
        "The first answer is the index of an action for each row, (b,). Which function returns the index of the "
        "largest value, and along which axis?",
        "The second answer is the value in row i of the other network at the action that row i chose. `Tensor.gather` "
        "looks it up; its index needs as many axes as the values have.",
        "Discount and termination are as in the Bellman target of exercise 2.",
    ),
    hidden=("labkit.rl.double_q_learning:DoubleQLearning", "labkit.rl.dqn:double_dqn_target"),
)
