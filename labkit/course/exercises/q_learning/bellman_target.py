"""Exercise: the Bellman target, which respects termination and truncation."""

from collections.abc import Sequence

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.q_learning.bellman_slips import SLIPS

FLAGS = ((False, False), (True, False), (False, True), (True, True))  # terminated, truncated


def _case(
    name: str,
    flags: Sequence[tuple[bool, bool]],
    actions: int,
    draw: torch.Generator,
    tests: str = "values",
    low: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Case:
    """Random rewards and values, no two alike; values lie between `low` and `low` + 5."""
    count = len(flags)
    values = (low + 5 * torch.rand(count, actions, generator=draw)).to(dtype)
    args = {
        "reward": (1 + torch.rand(count, generator=draw)).to(dtype),
        "next_values": values,
        "terminated": torch.tensor([flag for flag, _ in flags], dtype=torch.bool),
        "truncated": torch.tensor([flag for _, flag in flags], dtype=torch.bool),
        "discount": 0.5 + 0.45 * torch.rand((), generator=draw).item(),
    }
    return Case(name, args, tests)


def cases(seed: int, device: torch.device) -> list[Case]:
    """Steps in the middle, at an end, at a cut, and both; negative and infinite values; one action; float64."""
    draw = torch.Generator().manual_seed(seed)
    exact = torch.float32 if device.type == "mps" else torch.float64
    precise = _case("float64", [FLAGS[0]] * 3, 2, draw, dtype=exact)
    precise.args["discount"] = 0.75  # in float32 as well: a mask of `.float()` is no slip of precision
    infinite = _case("a network that is wildly wrong after the end", [(True, False), (False, False)], 3, draw, "end")
    infinite.args["next_values"][0] = torch.inf
    return [
        _case("one step in the middle of an episode", FLAGS[:1], 2, draw),
        _case("four steps, three actions", [FLAGS[0]] * 4, 3, draw),
        _case("as many steps as actions", [FLAGS[0]] * 3, 3, draw),
        _case("one action only", [FLAGS[0]] * 2, 1, draw),
        _case("all values negative", [FLAGS[0]] * 3, 2, draw, low=-9.0),
        precise,
        _case("the world says that it is over", [FLAGS[1], FLAGS[0]], 2, draw, "end"),
        infinite,
        _case("the clock cuts the episode", [FLAGS[2], FLAGS[0]], 2, draw, "cut"),
        _case("over, and cut at the same step", [FLAGS[3], FLAGS[0]], 2, draw, "both"),
        _case("a batch with everything in it", [*FLAGS, *FLAGS], 3, draw, "both", low=-2.5),
    ]


EXERCISE = Exercise(
    id="q_learning.bellman_target",
    title="The Bellman target",
    hour=18,
    position=1,
    minutes=5,
    difficulty=1,
    reference="labkit.rl.targets:bellman_target",
    returns=("target",),
    cases=cases,
    properties=(
        Property("shape", "one target for each step", 0.25, "shape"),
        Property("values", "the reward, and the discounted value of the best next action", 1.0),
        Property("end", "after a termination nothing is earned, whatever the network says", 1.0),
        Property("cut", "a truncated step still has a future", 1.0),
        Property("both", "terminated and truncated at once is over", 0.5),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Begin without any end: what is the best action of the next state worth, row by row? `next_values` is "
        "(b, a), and the result should be (b,).",
        "That value comes one step later than the reward. Which of the two is multiplied by the discount?",
        "Now the ends. Write down for both flags who raised it, the world or the clock, and whether there would have "
        "been more to earn. Only one of them changes the target.",
        "Where it is over, the next value should be exactly 0, even if the network says infinity there. "
        "`torch.where` or `Tensor.masked_fill` put a 0 in its place.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
