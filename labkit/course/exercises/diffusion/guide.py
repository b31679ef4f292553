"""Exercise: classifier-free guidance."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.diffusion.guidance import guide


def _case(
    name: str, shape: tuple[int, ...], weights: list[float], draw: torch.Generator, tests: str = "values",
    dtype: torch.dtype = torch.float32,
) -> Case:  # fmt: skip
    with_class, without = (torch.randn(shape, generator=draw).to(dtype) for _ in range(2))
    args = {"conditional": with_class, "unconditional": without, "weight": torch.tensor(weights, dtype=dtype)}
    return Case(name, args, tests, gradients=("conditional", "unconditional"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Weights between, at and beyond the ends of the dial; images as wide as the batch, float64, strides."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    strided = _case("inputs that are not contiguous", (2, 3), [0.4, 0.7], draw)
    return [
        _case("one number, half of the way", (1, 1), [0.5], draw),
        _case("two vectors, one weight", (2, 3), [0.3, 0.3], draw),
        _case("float64", (1, 2), [0.8], draw, dtype=precise),
        replace(strided, strided=("conditional", "unconditional")),
        _case("the class forgotten, and as it is", (2, 2), [0.0, 1.0], draw, "ends"),
        _case("the class exaggerated", (2, 2), [3.0, 3.0], draw, "beyond"),
        _case("exaggerated far", (1, 2), [8.0], draw, "beyond"),
        _case("each sample its own weight", (3, 2), [0.2, 1.5, 4.0], draw, "own"),
        _case("images, as wide as there are samples", (3, 1, 3, 3), [0.0, 2.0, 5.0], draw, "own"),
    ]


def weight_of_the_paper(conditional, unconditional, weight):
    """The weight counts from the conditional.

    That is the paper's way of counting, in which 0 already believes the class. Here 0 forgets it: try 0 and 1, and see
    what comes out.
    """
    return guide(conditional, unconditional, weight + 1)


def roles_swapped(conditional, unconditional, weight):
    """The two predictions have changed places.

    With weight 0 yours knows the class, and the more it is turned up the more it goes away from it. Where does the way
    begin?
    """
    return guide(unconditional, conditional, weight)


def direction_turned(conditional, unconditional, weight):
    """The direction is turned round.

    You begin at the right place and walk away from the class. From where to where should the difference point?
    """
    return guide(conditional, unconditional, -weight)


def difference_alone(conditional, unconditional, weight):
    """Only the difference is returned.

    What the class adds is a correction. To what is it a correction?
    """
    return guide(conditional, unconditional, weight) - unconditional


def kept_between(conditional, unconditional, weight):
    """The weight is kept between 0 and 1.

    Between the two predictions yours is right. The interesting part of the dial is *beyond* 1, where it exaggerates.
    """
    return guide(conditional, unconditional, weight.clamp(0, 1))


def only_scaled(conditional, unconditional, weight):
    """The conditional prediction is multiplied.

    A noise twice as large is not a noise that knows the class twice as well: it is out of proportion. The *difference*
    of the two is what the class has to say.
    """
    return guide(conditional, torch.zeros_like(unconditional) + 0 * unconditional, weight)


def averaged(conditional, unconditional, weight):
    """The two are averaged.

    After dividing by the sum of the weights you never leave the line between the two predictions. Guidance goes on
    beyond its end.
    """
    share = weight.view(-1, *[1] * (conditional.ndim - 1))
    return (unconditional + share * conditional) / (1 + share)


def first_weight_for_all(conditional, unconditional, weight):
    """All samples get the weight of the first.

    There is one weight for each sample of the batch.
    """
    return guide(conditional, unconditional, weight[:1].expand_as(weight))


def last_axis(conditional, unconditional, weight):
    """The weights are laid along the last axis.

    Torch aligns shapes at their ends: each column got a weight of its own instead of each sample. As in exercise 1,
    the weights need axes of length 1 behind their own.
    """
    share = weight if weight.shape[0] == conditional.shape[-1] else weight.view(-1, *[1] * (conditional.ndim - 1))
    return unconditional + share * (conditional - unconditional)


EXERCISE = Exercise(
    id="diffusion.guide",
    title="Classifier-free guidance",
    hour=17,
    position=4,
    minutes=4,
    difficulty=1,
    reference="labkit.diffusion.guidance:guide",
    returns=("noise",),
    cases=cases,
    properties=(
        Property("shape", "the shape of the predictions", 0.25, "shape"),
        Property("values", "right between the two predictions, float64 and strides", 0.75),
        Property("ends", "weight 0 forgets the class, weight 1 takes it as it is", 0.5),
        Property("beyond", "weights beyond 1 exaggerate", 0.5),
        Property("own", "each sample has its own weight, images too", 0.5),
        Property("gradients", "right gradients for both predictions", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Think of the two predictions as two places, and of the weight as how far you walk from one to the other. At "
        "which do you stand at weight 0?",
        "The way from a to b is b - a. You walk `weight` times that way, and you may walk past b.",
        "The weights are one for each sample. Give them axes of length 1 behind, as you did with the shares in "
        "exercise 1.",
    ),
    misconceptions=tuple(
        map(
            Misconception.of,
            (weight_of_the_paper, roles_swapped, direction_turned, difference_alone, kept_between,
             only_scaled, averaged, first_weight_for_all, last_axis),
        )
    ),
    hidden=("labkit.diffusion.guidance:guided",),
)  # fmt: skip
