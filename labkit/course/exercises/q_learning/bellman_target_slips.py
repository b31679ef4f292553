"""What goes wrong in a Bellman target: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.rl.targets import bellman_target


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
