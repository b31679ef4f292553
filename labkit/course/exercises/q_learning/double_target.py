"""Exercise: the target of double DQN."""

import torch

from labkit.course.spec import Case, Exercise, Misconception, Property
from labkit.rl.targets import bellman_target, double_target


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
