"""What goes wrong in a double target: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.rl.targets import bellman_target, double_target


def _from(ahead, reward, terminated, truncated, discount):
    return bellman_target(reward, ahead[:, None], terminated, truncated, discount)


def _at(values, chosen):
    return values.gather(1, chosen[:, None])[:, 0]


def plain(reward, next_online, next_target, terminated, truncated, discount):
    """The target network chooses the action and evaluates it.

    That is plain DQN. The maximum picks the action whose value is overestimated most, and the target then contains this
    overestimate. Which of the two networks should choose?
    """
    return bellman_target(reward, next_target, terminated, truncated, discount)


def online_alone(reward, next_online, next_target, terminated, truncated, discount):
    """The online network chooses the action and evaluates it.

    Then the target network has no effect, and the target moves with every gradient step. Which network should give the
    value of the chosen action?
    """
    return bellman_target(reward, next_online, terminated, truncated, discount)


def roles_exchanged(reward, next_online, next_target, terminated, truncated, discount):
    """The two networks are exchanged.

    The agent acts by its online network. So which network chooses the action, and which one gives its value?
    """
    return double_target(reward, next_target, next_online, terminated, truncated, discount)


def smaller_of_two(reward, next_online, next_target, terminated, truncated, discount):
    """The smaller of two best values is taken.

    That is clipped double Q-learning (Hour 20). In this exercise one network only chooses the action, and its value
    comes from the other one.
    """
    ahead = torch.minimum(next_online.max(dim=1).values, next_target.max(dim=1).values)
    return _from(ahead, reward, terminated, truncated, discount)


def mean_of_two(reward, next_online, next_target, terminated, truncated, discount):
    """The maximum of the mean of both networks is taken.

    The same mean chooses the action and evaluates it. Which network should answer which of the two questions?
    """
    return bellman_target(reward, (next_online + next_target) / 2, terminated, truncated, discount)


def chosen_over_the_batch(reward, next_online, next_target, terminated, truncated, discount):
    """One action is chosen for the whole batch.

    Every row is another state, with its own best action. Over which axis must the argmax run?
    """
    chosen = next_online.sum(dim=0).argmax().expand(len(reward))
    return _from(_at(next_target, chosen), reward, terminated, truncated, discount)


def worst_action(reward, next_online, next_target, terminated, truncated, discount):
    """The worst action is chosen.

    Your choice is the action with the smallest value of the online network. Which one does a greedy agent take?
    """
    return double_target(reward, -next_online, next_target, terminated, truncated, discount)


def number_of_the_action(reward, next_online, next_target, terminated, truncated, discount):
    """The index of the action is used as its value.

    `argmax` returns which action is the best, not its value. In which tensor must you look the value up?
    """
    return _from(next_online.argmax(dim=1).to(reward.dtype), reward, terminated, truncated, discount)


def every_choice_in_every_row(reward, next_online, next_target, terminated, truncated, discount):
    """The choices of all rows are looked up in every row.

    `values[:, chosen]` is a matrix: every row at the choices of all rows. You need row i at the choice of row i. See
    `Tensor.gather`, or index with the row numbers as well.
    """
    ahead = next_target[:, next_online.argmax(dim=1)].masked_fill(terminated[:, None], 0.0)
    return reward[:, None] + discount * ahead


def no_end(reward, next_online, next_target, terminated, truncated, discount):
    """The target includes a next value after termination.

    The choice is right. But after termination no action is taken any more. What is the next value there?
    """
    return double_target(reward, next_online, next_target, torch.zeros_like(terminated), truncated, discount)


def done_is_done(reward, next_online, next_target, terminated, truncated, discount):
    """Truncated steps get no next value.

    Exercise 2 had the same mistake: after a time limit, could the agent have earned more?
    """
    return double_target(reward, next_online, next_target, terminated | truncated, truncated, discount)


def not_discounted(reward, next_online, next_target, terminated, truncated, discount):
    """The next value is not discounted.

    Everything else is right. Where does `discount` stand in the equation?
    """
    return double_target(reward, next_online, next_target, terminated, truncated, 1.0)


def mask_by_multiplication(reward, next_online, next_target, terminated, truncated, discount):
    """The next value is multiplied by 0, which gives NaN where it is infinite.

    The product of 0 and infinity is NaN. Which functions replace a value instead of multiplying it?
    """
    chosen = next_online.argmax(dim=1)
    return reward + discount * _at(next_target, chosen) * (~terminated).to(reward.dtype)


def mask_inverted(reward, next_online, next_target, terminated, truncated, discount):
    """The mask is inverted: only terminated steps get a next value.

    The next value should count while the episode goes on, and be 0 after termination.
    """
    return double_target(reward, next_online, next_target, ~terminated, truncated, discount)


def reward_lost(reward, next_online, next_target, terminated, truncated, discount):
    """The reward of a terminated step is dropped together with its next value.

    The step that ends an episode still earns its reward. Which term of the sum is 0 there, and which is not?
    """
    return double_target(reward, next_online, next_target, terminated, truncated, discount).masked_fill(terminated, 0.0)


def all_discounted(reward, next_online, next_target, terminated, truncated, discount):
    """The reward is discounted as well.

    The reward comes at this step, the next value a step later. Which of the two is multiplied by the discount?
    """
    return discount * double_target(reward, next_online, next_target, terminated, truncated, 1.0)


def larger_of_two(reward, next_online, next_target, terminated, truncated, discount):
    """The larger of two best values is taken.

    That raises the overestimate further. In this exercise one network only chooses the action, and its value comes from
    the other one.
    """
    ahead = torch.maximum(next_online.max(dim=1).values, next_target.max(dim=1).values)
    return _from(ahead, reward, terminated, truncated, discount)
