"""What goes wrong in a double target: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.rl.targets import bellman_target, double_target


def _from(ahead, reward, terminated, truncated, discount):
    return bellman_target(reward, ahead[:, None], terminated, truncated, discount)


def _at(values, chosen):
    return values.gather(1, chosen[:, None])[:, 0]


def plain(reward, next_online, next_target, terminated, truncated, discount):
    """The target network chooses as well as values.

    That is plain DQN: whoever is asked for the best picks what is overestimated most, and then reports that very
    number. Which of the two networks should choose?
    """
    return bellman_target(reward, next_target, terminated, truncated, discount)


def online_alone(reward, next_online, next_target, terminated, truncated, discount):
    """The online network chooses as well as values.

    Then there is no second opinion, and no target network either: the goal moves with every step. Who should say what
    the chosen action is worth?
    """
    return bellman_target(reward, next_online, terminated, truncated, discount)


def roles_exchanged(reward, next_online, next_target, terminated, truncated, discount):
    """The two networks have changed places.

    The online network knows best what it will do next. So which one chooses, and which one is asked for the value?
    """
    return double_target(reward, next_target, next_online, terminated, truncated, discount)


def smaller_of_two(reward, next_online, next_target, terminated, truncated, discount):
    """The smaller of two best values is taken.

    Pessimism helps as well, and you will meet it in Hour 20. Here, though, one network only chooses an action, and its
    value comes from the other.
    """
    ahead = torch.minimum(next_online.max(dim=1).values, next_target.max(dim=1).values)
    return _from(ahead, reward, terminated, truncated, discount)


def mean_of_two(reward, next_online, next_target, terminated, truncated, discount):
    """The best of the mean of both networks is taken.

    The mean is used for choosing and for valuing at once, so its errors are chosen and reported together. How do you
    keep the two questions apart?
    """
    return bellman_target(reward, (next_online + next_target) / 2, terminated, truncated, discount)


def chosen_over_the_batch(reward, next_online, next_target, terminated, truncated, discount):
    """One action is chosen for the whole batch.

    Every row is another state, with its own best action. Over which axis does the choice run?
    """
    chosen = next_online.sum(dim=0).argmax().expand(len(reward))
    return _from(_at(next_target, chosen), reward, terminated, truncated, discount)


def worst_action(reward, next_online, next_target, terminated, truncated, discount):
    """The worst action is chosen.

    Your choice falls on the smallest value of the online network. What does a greedy agent do next?
    """
    return double_target(reward, -next_online, next_target, terminated, truncated, discount)


def number_of_the_action(reward, next_online, next_target, terminated, truncated, discount):
    """The number of the action is taken for its value.

    `argmax` says which action is the best, not what it is worth. What has to be looked up with it, and where?
    """
    return _from(next_online.argmax(dim=1).to(reward.dtype), reward, terminated, truncated, discount)


def every_choice_in_every_row(reward, next_online, next_target, terminated, truncated, discount):
    """The choices of all rows are looked up in every row.

    `values[:, chosen]` makes a matrix: every row with everybody's choice. You want row i at the choice of row i. Look
    at `Tensor.gather`, or index with the row numbers as well.
    """
    ahead = next_target[:, next_online.argmax(dim=1)].masked_fill(terminated[:, None], 0.0)
    return reward[:, None] + discount * ahead


def no_end(reward, next_online, next_target, terminated, truncated, discount):
    """The target goes on after the end.

    The choice is right. But where an episode is over, what can the chosen action still earn?
    """
    return double_target(reward, next_online, next_target, torch.zeros_like(terminated), truncated, discount)


def done_is_done(reward, next_online, next_target, terminated, truncated, discount):
    """Truncated steps have no future.

    You settled this in the first exercise: who raised the flag, the world or the clock?
    """
    return double_target(reward, next_online, next_target, terminated | truncated, truncated, discount)


def not_discounted(reward, next_online, next_target, terminated, truncated, discount):
    """The future is not discounted.

    Everything else is right. Where does `discount` stand in the equation?
    """
    return double_target(reward, next_online, next_target, terminated, truncated, 1.0)


SLIPS = (
    plain,
    online_alone,
    roles_exchanged,
    smaller_of_two,
    mean_of_two,
    chosen_over_the_batch,
    worst_action,
    number_of_the_action,
    every_choice_in_every_row,
    no_end,
    done_is_done,
    not_discounted,
)
