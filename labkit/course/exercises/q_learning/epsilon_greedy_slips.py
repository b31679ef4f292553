"""What goes wrong in an epsilon-greedy policy: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.rl.exploration import epsilon_greedy


def _greedy(values):
    return epsilon_greedy(values, 0.0)


def others_only(values, epsilon):
    """Exploring never takes the best action.

    Exploring means any action, and the best is one of them. How many actions share epsilon, and which part of it does
    the best one get?
    """
    best = _greedy(values)
    return (1 - epsilon) * best + epsilon / (values.shape[-1] - 1) * (best == 0).to(values.dtype)


def share_forgotten(values, epsilon):
    """The best action gets no share of epsilon.

    Sum one row of your result: it is less than one. The best action is also one of those that share epsilon.
    """
    best = _greedy(values)
    return torch.where(best > 0, (1 - epsilon) * best, torch.full_like(best, epsilon / values.shape[-1]))


def more_than_one(values, epsilon):
    """The best action gets 1, and all actions their share of epsilon on top.

    Sum one row: it is more than one. By which factor must the greedy part shrink when a share epsilon goes to
    exploring?
    """
    return _greedy(values) + epsilon / values.shape[-1]


def epsilon_not_divided(values, epsilon):
    """Every action gets all of epsilon.

    Sum one row: it is more than one. The actions share epsilon. By what must you divide it?
    """
    return epsilon + (1 - epsilon) * _greedy(values)


def epsilon_exchanged(values, epsilon):
    """Epsilon is used as the probability of being greedy.

    With epsilon = 0 the agent should never explore. What does yours do then?
    """
    return epsilon_greedy(values, 1 - epsilon)


def first_of_the_best(values, epsilon):
    """Only the first of equally good actions counts as the best.

    In a fresh table all values are 0, and `argmax` always returns action 0: your agent would always walk up. Several
    actions can be the best. How do you find all of them, and share among them?
    """
    best = torch.nn.functional.one_hot(values.argmax(dim=-1), values.shape[-1]).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best


def ties_not_shared(values, epsilon):
    """Every one of several best actions gets the whole greedy part.

    Sum a row with two equally good actions: it is more than one. Among how many must the greedy part be shared?
    """
    best = (values == values.max(dim=-1, keepdim=True).values).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best


def softmax(values, epsilon):
    """The greedy part is a softmax.

    A softmax gives every action some probability. That is another way to explore. When epsilon-greedy does not explore,
    which actions have a probability above 0?
    """
    return epsilon / values.shape[-1] + (1 - epsilon) * values.softmax(dim=-1)


def over_the_states(values, epsilon):
    """The maximum runs over the first axis.

    Each row is a state, and the agent chooses among the actions of its own state. Which axis is that?
    """
    best = (values == values.max(dim=0, keepdim=True).values).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best / best.sum(dim=-1, keepdim=True).clamp(min=1)


def over_everything(values, epsilon):
    """The maximum runs over the whole table.

    Every state has its own best action. `max` without an axis compares the values of different states.
    """
    best = (values == values.max()).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best / best.sum(dim=-1, keepdim=True).clamp(min=1)


def worst_action(values, epsilon):
    """The action with the smallest value counts as the best.

    Your agent prefers small values. Are they costs, or what can be earned?
    """
    return epsilon_greedy(-values, epsilon)


def one_draw(values, epsilon):
    """An action is returned instead of the probabilities.

    The exercise asks for the probability of each action, before anything is drawn. Which shape must the result have?
    """
    return values.argmax(dim=-1)


def never_explores(values, epsilon):
    """Epsilon is not used.

    Your agent takes only the best action and never tries another one. Which share of the probability goes to all
    actions alike?
    """
    return _greedy(values)


def values_as_probabilities(values, epsilon):
    """The greedy part is proportional to the values.

    Then every action gets a part of it, and negative values give negative probabilities. When epsilon-greedy does not
    explore, which actions have a probability above 0?
    """
    return epsilon / values.shape[-1] + (1 - epsilon) * values / values.sum(dim=-1, keepdim=True)
