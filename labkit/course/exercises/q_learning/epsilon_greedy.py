"""Exercise: the probabilities of an epsilon-greedy policy."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.rl.exploration import epsilon_greedy


def _case(name: str, shape: tuple[int, ...], draw: torch.Generator, tests: str = "values") -> Case:
    """Values in random order with clear differences, and an epsilon between 0.1 and 0.6."""
    values = torch.rand(shape, generator=draw).argsort(dim=-1) + 0.3 * torch.rand(shape, generator=draw)
    return Case(name, {"values": values, "epsilon": 0.1 + 0.5 * torch.rand((), generator=draw).item()}, tests)


def cases(seed: int, device: torch.device) -> list[Case]:
    """Two actions and more, several axes, negative values, float64; epsilon 0 and 1; ties in various places."""
    draw = torch.Generator().manual_seed(seed)
    negative = _case("all values negative", (3, 3), draw)
    negative.args["values"] -= 10
    precise = _case("float64", (2, 3), draw)
    if device.type != "mps":
        precise.args["values"] = precise.args["values"].double()
    always, never = (_case(name, (3, 4), draw, "limits") for name in ("it always explores", "it never explores"))
    always.args["epsilon"], never.args["epsilon"] = 1.0, 0.0
    fresh = _case("a fresh table: all values 0", (2, 4), draw, "ties")
    fresh.args["values"].zero_()
    two = _case("two actions equally good", (3, 4), draw, "ties")
    two.args["values"][1, 1:3] = 9.0
    return [
        _case("one state, two actions", (1, 2), draw),
        _case("one state, four actions", (1, 4), draw),
        _case("as many states as actions", (3, 3), draw),
        _case("several states", (5, 3), draw),
        _case("runs and states: two axes in front", (2, 3, 4), draw),
        _case("a single state, without a batch axis", (4,), draw),
        negative,
        precise,
        replace(_case("values that are not contiguous", (3, 4), draw), strided=("values",)),
        always,
        never,
        fresh,
        two,
    ]


def _greedy(values):
    return epsilon_greedy(values, 0.0)


def others_only(values, epsilon):
    """Exploring never takes the best action.

    Exploring means any action, and the best is one of them. How many actions share epsilon, and what does the best one
    get from it?
    """
    best, actions = _greedy(values), values.shape[-1]
    counted = (best > 0).sum(dim=-1, keepdim=True)
    rest = (actions - counted).clamp(min=1)
    shared = torch.where(best > 0, (1 - epsilon) * best, epsilon / rest)
    return torch.where(counted == actions, best, shared)


def share_forgotten(values, epsilon):
    """The rows do not add up to one.

    Add up one row of your result. The best action is also one of those that share epsilon: what is it still owed?
    """
    best = _greedy(values)
    return torch.where(best > 0, (1 - epsilon) * best, torch.full_like(best, epsilon / values.shape[-1]))


def more_than_one(values, epsilon):
    """The best action gets everything, and the others their share on top.

    Add up one row: it is more than one. Where does the share come from that all actions get when the agent explores?
    """
    return _greedy(values) + epsilon / values.shape[-1]


def epsilon_exchanged(values, epsilon):
    """Epsilon is the chance of being greedy.

    With epsilon = 0 the agent should never explore. What does yours do then?
    """
    return epsilon_greedy(values, 1 - epsilon)


def first_of_the_best(values, epsilon):
    """Only the first of equally good actions counts as the best.

    In a fresh table all values are 0, and `argmax` names action 0 each time: your agent begins its life with walking
    up. Several actions can be the best: how do you find all of them, and share among them?
    """
    best = torch.nn.functional.one_hot(values.argmax(dim=-1), values.shape[-1]).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best


def ties_not_shared(values, epsilon):
    """Every one of several best actions gets the whole greedy share.

    Look at a row with two equally good actions and add it up. How many are there to share with?
    """
    best = (values == values.max(dim=-1, keepdim=True).values).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best


def softmax(values, epsilon):
    """The greedy part is a softmax.

    A softmax gives something to every action, the more the better. That is another way to explore. Epsilon-greedy
    is simpler: when it does not explore, which actions have a chance at all?
    """
    return epsilon / values.shape[-1] + (1 - epsilon) * values.softmax(dim=-1)


def over_the_states(values, epsilon):
    """The best is looked for over the first axis.

    Each row is a state, and the agent chooses among the actions of its own state. Which axis is that?
    """
    best = (values == values.max(dim=0, keepdim=True).values).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best / best.sum(dim=-1, keepdim=True).clamp(min=1)


def over_everything(values, epsilon):
    """One best action is looked for in the whole table.

    There is a best action in every state, not one in the whole world. `max` without an axis looks at everything.
    """
    best = (values == values.max()).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best / best.sum(dim=-1, keepdim=True).clamp(min=1)


def worst_action(values, epsilon):
    """The worst action counts as the best.

    Your agent prefers the smallest value. Are these costs, or what can be earned?
    """
    return epsilon_greedy(-values, epsilon)


def one_draw(values, epsilon):
    """An action is drawn instead of saying how likely each one is.

    The lecture wants the probabilities: they can be tested, drawn from, and put into an exact calculation. What is the
    chance of each action, before any die is thrown?
    """
    return values.argmax(dim=-1)


SLIPS = (
    others_only,
    share_forgotten,
    more_than_one,
    epsilon_exchanged,
    first_of_the_best,
    ties_not_shared,
    softmax,
    over_the_states,
    over_everything,
    worst_action,
    one_draw,
)

EXERCISE = Exercise(
    id="q_learning.epsilon_greedy",
    title="Epsilon-greedy",
    hour=18,
    position=2,
    minutes=4,
    difficulty=1,
    reference="labkit.rl.exploration:epsilon_greedy",
    returns=("probabilities",),
    cases=cases,
    properties=(
        Property("shape", "a probability for each action of each state", 0.25, "shape"),
        Property("values", "epsilon is shared by all actions, the rest goes to the best", 1.25),
        Property("limits", "epsilon 0 never explores, epsilon 1 does nothing else", 0.5),
        Property("ties", "actions that are equally good share", 0.75),
        Property("inputs", "the values are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Write down the probabilities by hand for four actions, epsilon 0.2, and one best action. Each of the four "
        "gets a share of epsilon: how much? What remains for the best? They should add up to 1.",
        "So there are two parts: the same small number for every action, and 1 - epsilon that only the best get.",
        "Which actions are the best? Compare each value with the largest of its state. `keepdim=True` keeps an axis, "
        "so that the two can be compared. This also finds all of them where several are equally good.",
        "A comparison gives True and False. Turn it into numbers of the type of `values`, and divide by how many True "
        "there are in the state: then those that are equally good share.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
