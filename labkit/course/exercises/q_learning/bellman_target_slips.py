"""What goes wrong in a Bellman target: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.rl.targets import bellman_target


def _best(next_values):
    return next_values.max(dim=1).values


def one_flag(reward, next_values, terminated, truncated, discount):
    """Termination and truncation are combined into one flag, and the next value is multiplied by 0.

    That is the published code. When the time limit cuts an episode, could the agent have earned more? And what is 0
    times an infinite value?
    """
    done = terminated | truncated
    return reward + discount * _best(next_values) * (~done).to(reward.dtype)


def done_is_done(reward, next_values, terminated, truncated, discount):
    """Termination and truncation are treated alike.

    When the time limit cuts an episode, the pole is still standing, and the agent could have earned more. Which of the
    two flags means that nothing more can be earned?
    """
    return bellman_target(reward, next_values, terminated | truncated, truncated, discount)


def no_end(reward, next_values, terminated, truncated, discount):
    """The target includes a next value after termination.

    After a terminated step nothing can be earned any more. Your target adds the value of a state from which no action
    is taken.
    """
    return reward + discount * _best(next_values)


def flags_exchanged(reward, next_values, terminated, truncated, discount):
    """Truncation stops the target, and termination does not.

    `terminated` means that the environment has ended the episode. `truncated` means that a time limit cut it. After
    which of them could the agent have earned more?
    """
    return bellman_target(reward, next_values, truncated, terminated, discount)


def the_clock_wins(reward, next_values, terminated, truncated, discount):
    """A step that is terminated and truncated at once gets a next value.

    The pole may fall at the same step at which the time limit ends the episode. Can more be earned then?
    """
    return bellman_target(reward, next_values, terminated & ~truncated, truncated, discount)


def only_both(reward, next_values, terminated, truncated, discount):
    """The next value is left out only where a step is terminated and truncated at once.

    Look at a step that is terminated and not truncated. Can more be earned after it?
    """
    return bellman_target(reward, next_values, terminated & truncated, truncated, discount)


def mask_inverted(reward, next_values, terminated, truncated, discount):
    """The mask is inverted: only terminated steps get a next value.

    The factor in front of the next value should be 1 while the episode goes on, and 0 after termination.
    """
    return bellman_target(reward, next_values, ~terminated, truncated, discount)


def reward_lost(reward, next_values, terminated, truncated, discount):
    """The reward of a terminated step is dropped together with its next value.

    The step that ends an episode still earns its reward. Which term of the sum is 0 there, and which is not?
    """
    return bellman_target(reward, next_values, terminated, truncated, discount).masked_fill(terminated, 0.0)


def not_discounted(reward, next_values, terminated, truncated, discount):
    """The next value is not discounted.

    What is earned a step later counts less. Where does `discount` stand in the equation?
    """
    return bellman_target(reward, next_values, terminated, truncated, 1.0)


def all_discounted(reward, next_values, terminated, truncated, discount):
    """The reward is discounted as well.

    The reward comes at this step, the next value a step later. Which of the two is multiplied by the discount?
    """
    return discount * bellman_target(reward, next_values, terminated, truncated, 1.0)


def maximum_over_the_batch(reward, next_values, terminated, truncated, discount):
    """The maximum runs over the whole batch.

    Each row is a step of its own, in another state. The agent chooses among the actions of one row. Which axis is that?
    """
    ahead = next_values.masked_fill(terminated[:, None], -torch.inf).max() if not terminated.all() else 0.0
    return reward + discount * torch.where(terminated, 0.0, ahead)


def mean_of_actions(reward, next_values, terminated, truncated, discount):
    """The mean over the actions stands where the maximum should be.

    That is the value for an agent that acts at random next. What does the best policy do in the next state?
    """
    ahead = next_values.mean(dim=1, keepdim=True)
    return bellman_target(reward, ahead, terminated, truncated, discount)


def mask_by_multiplication(reward, next_values, terminated, truncated, discount):
    """The next value is multiplied by 0, which gives NaN where it is infinite.

    The product of 0 and infinity is NaN, and one NaN spoils the gradient of the whole batch. Which functions replace a
    value instead of multiplying it?
    """
    return reward + discount * _best(next_values) * (~terminated).to(reward.dtype)


def only_truncated(reward, next_values, terminated, truncated, discount):
    """Only truncated steps get a next value.

    Most steps are neither terminated nor truncated: the episode simply goes on. Can more be earned after them?
    """
    return bellman_target(reward, next_values, ~truncated, truncated, discount)


def minimum(reward, next_values, terminated, truncated, discount):
    """The minimum over the actions stands where the maximum should be.

    What does the best policy do in the next state?
    """
    return bellman_target(reward, next_values.min(dim=1, keepdim=True).values, terminated, truncated, discount)
