"""Exercise: the target of double DQN."""

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.q_learning.double_slips import SLIPS


def _case(
    name: str, count: int, actions: int, draw: torch.Generator, tests: str = "values", ends: tuple[int, ...] = ()
) -> Case:
    """Two networks that disagree, in every row, on which action is the best, where there are several."""
    shuffled = torch.stack([torch.randperm(actions, generator=draw) for _ in range(count)])
    online = shuffled + 0.4 * torch.rand(count, actions, generator=draw)
    shift = 2 - 4 * (torch.arange(count)[:, None] % 2)  # now the one, now the other promises more
    target = shift + shuffled.roll(1, dims=1) + 0.4 * torch.rand(count, actions, generator=draw)
    terminated = torch.zeros(count, dtype=torch.bool)
    terminated[list(ends)] = True
    args = {
        "reward": 1 + torch.rand(count, generator=draw),
        "next_online": online,
        "next_target": target,
        "terminated": terminated,
        "truncated": torch.arange(count) % 3 == 1,
        "discount": 0.5 + 0.45 * torch.rand((), generator=draw).item(),
    }
    return Case(name, args, tests)


def cases(seed: int, device: torch.device) -> list[Case]:
    """One and several steps, as many steps as actions, ends, ties, negative and infinite values, float64."""
    draw = torch.Generator().manual_seed(seed)
    agree = _case("two networks that are one", 3, 3, draw, "agree")
    agree.args["next_target"] = agree.args["next_online"].clone()
    negative = _case("all values negative", 3, 3, draw)
    for name in ("next_online", "next_target"):
        negative.args[name] -= 20
    infinite = _case("a target network that is wildly wrong after the end", 3, 2, draw, "end", (0,))
    infinite.args["next_target"][0] = torch.inf
    precise = _case("float64", 3, 3, draw)
    precise.args["discount"] = 0.75  # in float32 as well: a mask of `.float()` is no slip of precision
    if device.type != "mps":
        for name in ("reward", "next_online", "next_target"):
            precise.args[name] = precise.args[name].double()
    return [
        _case("one step, two actions", 1, 2, draw),
        _case("two steps, three actions", 2, 3, draw),
        _case("as many steps as actions", 3, 3, draw),
        _case("many steps", 7, 4, draw),
        negative,
        precise,
        agree,
        _case("an episode that is over", 3, 3, draw, "end", (1,)),
        _case("two that are over", 4, 2, draw, "end", (0, 3)),
        infinite,
    ]


EXERCISE = Exercise(
    id="q_learning.double_target",
    title="The double target",
    hour=18,
    position=4,
    minutes=5,
    difficulty=2,
    reference="labkit.rl.targets:double_target",
    hidden=("labkit.rl.double_q_learning:DoubleQLearning", "labkit.rl.dqn:double_dqn_target"),
    returns=("target",),
    cases=cases,
    properties=(
        Property("shape", "one target for each step", 0.25, "shape"),
        Property("values", "the online network chooses, the target network values", 1.5),
        Property("agree", "with one and the same network it is the plain target", 0.5),
        Property("end", "after a termination nothing is earned, whatever the networks say", 0.5),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Two questions, two networks. Which action is the best? And what is that action worth? Write down which "
        "network answers which.",
        "The first answer is a number of an action for each row, (b,). Which function says where the largest value "
        "stands, and along which axis?",
        "The second is a look into row i of the other network at the place that row i chose. `Tensor.gather` does "
        "this; its index needs as many axes as the values have.",
        "The rest, discount and ends, is what you wrote for the Bellman target.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
