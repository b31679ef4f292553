"""Exercise: inverted dropout."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property


def _case(name: str, shape: tuple[int, ...], rate: float, draw: torch.Generator, training: bool = True) -> Case:
    """Random numbers to drop from; at least one stays and at least one goes in each column of more than one row."""
    x, uniform = torch.randn(shape, generator=draw), torch.rand(shape, generator=draw)
    flat = uniform.view(len(uniform), -1)
    flat[0], flat[-1] = rate * flat[0], rate + (1 - rate) * flat[-1]
    args = {"x": x + 0.1 * x.sign(), "uniform": uniform, "rate": rate, "training": training}
    return Case(name, args, "values" if training else "evaluation", gradients=("x",))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Several rates and shapes, a rate of zero, float64, evaluation."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    rate = 0.15 + 0.2 * torch.rand((), generator=draw).item()
    exact = _case("float64", (3, 2), 0.6, draw)
    exact.args.update({name: exact.args[name].to(precise) for name in ("x", "uniform")})
    edge = _case("a number exactly at the rate stays", (2, 2), 0.25, draw)
    edge.args["uniform"][1, 0] = 0.25
    return [
        _case("four numbers", (4,), 0.25, draw),
        _case("two rows, a rate of one half", (2, 3), 0.5, draw),
        _case("some rate", (4, 3), rate, draw),
        _case("a high rate", (5, 4), 0.8, draw),
        _case("three axes", (2, 3, 2), 0.4, draw),
        _case("a rate of zero", (2, 2), 0.0, draw),
        edge,
        exact,
        replace(_case("inputs that are not contiguous", (3, 2), 0.3, draw), strided=("x", "uniform")),
        _case("evaluation", (3, 2), 0.4, draw, training=False),
        _case("evaluation at a high rate", (2, 2), 0.8, draw, training=False),
    ]


def _kept(x, uniform, rate):
    return (uniform >= rate).to(x.dtype)


def _apply(x, factors):
    return x * factors, factors


def not_scaled(x, uniform, rate, training):
    """What stays is not scaled.

    At a rate of 0.5 the next layer gets, on average, half of what it will get at test time, when nothing is
    dropped. How much larger must each survivor be, so that the mean stays what it was?
    """
    return _apply(x, _kept(x, uniform, rate)) if training else _apply(x, torch.ones_like(x))


def divided_by_the_rate(x, uniform, rate, training):
    """What stays is divided by the rate.

    At a rate of one half nobody notices. With a rate of 0.1, nine of ten numbers stay: should each of them become ten
    times as large?
    """
    return _apply(x, _kept(x, uniform, rate) / rate) if training else _apply(x, torch.ones_like(x))


def scaled_down(x, uniform, rate, training):
    """What stays is made smaller.

    Some numbers are gone, so the sum is smaller already. Must the others make up for it, or add to it?
    """
    return _apply(x, _kept(x, uniform, rate) * (1 - rate)) if training else _apply(x, torch.ones_like(x))


def rate_is_what_stays(x, uniform, rate, training):
    """The rate is taken for the share that stays.

    Here, as in torch, the rate is the share that is dropped. (In some older papers p is the probability of
    staying.) At a rate of 0.1, how many of ten numbers should be zero?
    """
    return _apply(x, (uniform < rate).to(x.dtype) / max(rate, 1e-9)) if training else _apply(x, torch.ones_like(x))


def drops_the_wrong_ones(x, uniform, rate, training):
    """The numbers below the rate stay, and the others go.

    The scale is right, the mask is turned over: a random number lies below 0.1 in one case of ten. Is that how often
    something should stay?
    """
    return _apply(x, (uniform < rate).to(x.dtype) / (1 - rate)) if training else _apply(x, torch.ones_like(x))


def drops_in_evaluation(x, uniform, rate, training):
    """It drops in evaluation, too.

    A trained network should give the same answer to the same question. What should happen to x when `training` is
    False?
    """
    return _apply(x, _kept(x, uniform, rate) / (1 - rate))


def scales_in_evaluation(x, uniform, rate, training):
    """It scales at test time, not in training.

    That is dropout as it was first published: drop in training, multiply by the share that stays at test time. It
    works, but then evaluation has work to do. Inverted dropout does the scaling in training: by which factor, so
    that evaluation can leave x alone?
    """
    factors = _kept(x, uniform, rate) if training else torch.full_like(x, 1 - rate)
    return _apply(x, factors)


def scales_twice(x, uniform, rate, training):
    """It scales in training and in evaluation.

    Your training keeps the mean already. Then what is left to do when nothing is dropped?
    """
    factors = _kept(x, uniform, rate) / (1 - rate) if training else torch.full_like(x, 1 - rate)
    return _apply(x, factors)


def one_mask_for_all_rows(x, uniform, rate, training):
    """All rows share one mask.

    Each number has a random number of its own. If the same units were silent for the whole batch, how many
    different thin networks would one step train?
    """
    if not training:
        return _apply(x, torch.ones_like(x))
    return _apply(x, (_kept(x, uniform, rate)[:1] / (1 - rate)).expand_as(x).clone())


SLIPS = (
    not_scaled,
    divided_by_the_rate,
    scaled_down,
    rate_is_what_stays,
    drops_the_wrong_ones,
    drops_in_evaluation,
    scales_in_evaluation,
    scales_twice,
    one_mask_for_all_rows,
)

EXERCISE = Exercise(
    id="training.dropout",
    title="Dropout",
    hour=1,
    position=4,
    minutes=3,
    difficulty=1,
    reference="labkit.foundations.dropout:drop",
    hidden=("labkit.foundations.dropout:dropout", "labkit.foundations.dropout:Dropout"),
    returns=("dropped", "factors"),
    cases=cases,
    properties=(
        Property("shape", "two results, each as large as x", 0.25, "shape"),
        Property("values", "the right numbers go, and the others make up for them", 1.0),
        Property("evaluation", "nothing happens in evaluation", 0.5),
        Property("gradients", "the gradient is multiplied by the same factors", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Make the factors first, one for each number of x, and multiply at the end. Which two values can a factor have "
        "in training, and which one in evaluation?",
        "A uniform random number lies below `rate` with probability `rate`. Comparing gives True and False: "
        "`.to(x.dtype)` makes 1 and 0 of them.",
        "The mean of 0 with probability `rate`, and of f with probability 1 - `rate`, should be 1. Solve for f.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
