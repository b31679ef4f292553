"""Exercise, a bug hunt: the Bellman target, which respects termination and truncation."""

from collections.abc import Iterator, Sequence

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.rl.targets import bellman_target

GOES_ON, OVER, CUT, BOTH = (False, False), (True, False), (False, True), (True, True)  # terminated, truncated


def _case(
    draw: Draw, name: str, flags: Sequence[tuple[bool, bool]], actions: int, tests: str = "values", low: float = 1.0
) -> Case:
    """Random rewards and values, no two alike; values lie between `low` and `low` + 5."""
    count, one = len(flags), draw.generator
    args = {
        "reward": 1 + torch.rand(count, generator=one),
        "next_values": low + 5 * torch.rand(count, actions, generator=one),
        "terminated": torch.tensor([flag for flag, _ in flags], dtype=torch.bool),
        "truncated": torch.tensor([flag for _, flag in flags], dtype=torch.bool),
        "discount": 0.5 + 0.45 * torch.rand((), generator=one).item(),
    }
    return Case(name, args, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """Steps in the middle, at an end, at a cut, and both; negative and infinite values; one action; float64."""
    yield _case(draw, "one step in the middle of an episode", [GOES_ON], 2)
    yield _case(draw, "four steps, three actions", [GOES_ON] * 4, 3)
    yield _case(draw, "as many steps as actions", [GOES_ON] * 3, 3)
    yield _case(draw, "one action only", [GOES_ON] * 2, 1)
    yield _case(draw, "all values negative", [GOES_ON] * 3, 2, low=-9.0)
    precise = draw.exact(_case(draw, "float64", [GOES_ON] * 3, 2))
    precise.args["discount"] = 0.75  # in float32 as well: a mask of `.float()` is no slip of precision
    yield precise
    yield _case(draw, "a terminated step", [OVER, GOES_ON], 2, "end")
    infinite = _case(draw, "an infinite value after the end", [OVER, GOES_ON], 3, "end")
    infinite.args["next_values"][0] = torch.inf
    yield infinite
    yield _case(draw, "a truncated step", [CUT, GOES_ON], 2, "cut")
    yield _case(draw, "terminated and truncated at the same step", [BOTH, GOES_ON], 2, "both")
    yield _case(draw, "a batch with everything in it", [GOES_ON, OVER, CUT, BOTH] * 2, 3, "both", low=-2.5)


EXERCISE = exercise(
    __name__,
    bellman_target,
    made,
    [
        Property("shape", "one target for each step", 0.25, "shape"),
        Property("values", "the reward, and the discounted value of the best next action", 1.0),
        Property("end", "after termination nothing is earned, whatever the network predicts", 1.0),
        Property("cut", "a truncated step still has a future", 1.0),
        Property("both", "terminated and truncated at once is over", 0.5),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ],
    title="Bug hunt: the Bellman target",
    minutes=5,
    difficulty=1,
    returns=("target",),
    bug_hunt=True,
    hints=(
        "Write down for both flags what happened, and whether the agent could have earned more if it had been allowed "
        "to go on. Which of the two flags should change the target?",
        "For the second mistake: what is 0 times infinity in floating-point arithmetic? Try `0.0 * float('inf')`.",
        "Where the episode has terminated, the next value must be exactly 0, even if the network predicts infinity "
        "there. `torch.where` and `Tensor.masked_fill` replace a value instead of multiplying it.",
    ),
)
