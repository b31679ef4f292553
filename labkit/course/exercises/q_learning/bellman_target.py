"""Exercise: the Bellman target, which respects termination and truncation."""

from collections.abc import Sequence

import torch

from labkit.course.spec import Case, Exercise, Misconception, Property
from labkit.rl.targets import bellman_target

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
    precise = torch.float32 if device.type == "mps" else torch.float64
    infinite = _case("a network that is wildly wrong after the end", [(True, False), (False, False)], 3, draw, "end")
    infinite.args["next_values"][0] = torch.inf
    return [
        _case("one step in the middle of an episode", FLAGS[:1], 2, draw),
        _case("four steps, three actions", [FLAGS[0]] * 4, 3, draw),
        _case("as many steps as actions", [FLAGS[0]] * 3, 3, draw),
        _case("one action only", [FLAGS[0]] * 2, 1, draw),
        _case("all values negative", [FLAGS[0]] * 3, 2, draw, low=-9.0),
        _case("float64", [FLAGS[0]] * 3, 2, draw, dtype=precise),
        _case("the world says that it is over", [FLAGS[1], FLAGS[0]], 2, draw, "end"),
        infinite,
        _case("the clock cuts the episode", [FLAGS[2], FLAGS[0]], 2, draw, "cut"),
        _case("over, and cut at the same step", [FLAGS[3], FLAGS[0]], 2, draw, "both"),
        _case("a batch with everything in it", [*FLAGS, *FLAGS], 3, draw, "both", low=-2.5),
    ]


def _best(next_values):
    return next_values.max(dim=1).values


def done_is_done(reward, next_values, terminated, truncated, discount):
    """Termination and truncation are treated alike.

    When the clock cuts an episode, the pole is still standing. Would the agent have earned nothing more, had it been
    allowed to go on? What does a value learn that is told so?
    """
    return bellman_target(reward, next_values, terminated | truncated, truncated, discount)


def no_end(reward, next_values, terminated, truncated, discount):
    """The target goes on after the end.

    When the world says that it is over, what can still be earned? Your target counts on the value of a state after
    which nothing comes.
    """
    return reward + discount * _best(next_values)


def flags_exchanged(reward, next_values, terminated, truncated, discount):
    """Truncation stops the target, and termination does not.

    One of the flags comes from the world: it is over. The other comes from the clock: we look no further. After which
    of them is there a future that has a value?
    """
    return bellman_target(reward, next_values, truncated, terminated, discount)


def the_clock_wins(reward, next_values, terminated, truncated, discount):
    """A terminated step counts on a future if it was truncated as well.

    The pole may fall at the very step at which the clock stops. Is there a future then?
    """
    return bellman_target(reward, next_values, terminated & ~truncated, truncated, discount)


def only_both(reward, next_values, terminated, truncated, discount):
    """The target stops only where an episode is terminated and truncated at once.

    Look at a step that is terminated and not truncated. Should it wait for the clock as well?
    """
    return bellman_target(reward, next_values, terminated & truncated, truncated, discount)


def mask_inverted(reward, next_values, terminated, truncated, discount):
    """Only terminated steps count on a future.

    The factor in front of the next value should be 1 while the episode goes on, and 0 once it is over. Which is yours?
    """
    return bellman_target(reward, next_values, ~terminated, truncated, discount)


def reward_lost(reward, next_values, terminated, truncated, discount):
    """The last reward is thrown away with the future.

    The step that ends an episode is still paid for. Which part of the sum stops at the end, and which does not?
    """
    return bellman_target(reward, next_values, terminated, truncated, discount).masked_fill(terminated, 0.0)


def not_discounted(reward, next_values, terminated, truncated, discount):
    """The future is not discounted.

    What comes a step later is worth a little less. Where does `discount` stand in the equation?
    """
    return bellman_target(reward, next_values, terminated, truncated, 1.0)


def all_discounted(reward, next_values, terminated, truncated, discount):
    """The reward is discounted as well.

    The reward comes now, and what the next state is worth comes a step later. Which of the two has to wait?
    """
    return discount * bellman_target(reward, next_values, terminated, truncated, 1.0)


def maximum_over_the_batch(reward, next_values, terminated, truncated, discount):
    """The maximum runs over everything.

    Each row is a step of its own, somewhere else in the world. Among what does the agent choose in one row? Which axis
    is that?
    """
    ahead = next_values.masked_fill(terminated[:, None], -torch.inf).max() if not terminated.all() else 0.0
    return reward + discount * torch.where(terminated, 0.0, ahead)


def mean_of_actions(reward, next_values, terminated, truncated, discount):
    """The mean of the actions takes the place of the best.

    That is what a step is worth to somebody who then acts at random. What does the best policy do in the next state?
    """
    ahead = next_values.mean(dim=1, keepdim=True)
    return bellman_target(reward, ahead, terminated, truncated, discount)


def mask_by_multiplication(reward, next_values, terminated, truncated, discount):
    """Infinity times zero is NaN.

    Multiplying by 0 does not silence an infinite value: the product is NaN, and one NaN ruins the whole batch. Which
    functions replace a value instead of multiplying it?
    """
    return reward + discount * _best(next_values) * (~terminated).to(reward.dtype)


SLIPS = (
    done_is_done,
    no_end,
    flags_exchanged,
    the_clock_wins,
    only_both,
    mask_inverted,
    reward_lost,
    not_discounted,
    all_discounted,
    maximum_over_the_batch,
    mean_of_actions,
    mask_by_multiplication,
)

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
