"""Exercise: one step of AdamW."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.foundations.optimizers import adamw_step


def _case(draw: Draw, name: str, shape: tuple[int, ...], step: int, tests: str = "values", size: float = 1.0,
          decay: float = 0.5) -> Case:  # fmt: skip
    """A random weight, a gradient that is nowhere near 0; before the first step both moments are zero."""
    weight, gradient, mean = (value + 0.5 * value.sign() for value in (draw(*shape), draw(*shape), draw(*shape)))
    square = 0.1 + torch.rand(shape, generator=draw.generator)
    if step == 1:
        mean, square = torch.zeros(shape), torch.zeros(shape)
    args = {"weight": weight, "gradient": size * gradient, "mean": size * mean, "square": size**2 * square}
    return Case(name, args | {"step": step, "lr": 0.1, "betas": [0.9, 0.999], "weight_decay": decay}, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """The first step and later ones, with and without decay, tiny gradients, other betas, float64.

    No pair of betas hides a missing correction, as (0.9, 0.99) does in the first step, where 0.1 is the root of 0.01.
    """
    yield _case(draw, "the first step, one weight, no decay", (1,), 1, "first", decay=0.0)
    yield _case(draw, "the first step, a matrix", (2, 3), 1, "first")
    yield _case(draw, "the second step, no decay", (3,), 2, decay=0.0)
    yield _case(draw, "the tenth step", (2, 3), 10)
    yield _case(draw, "tiny gradients", (3,), 6, "tiny", size=1e-8)
    other = _case(draw, "other betas and another rate", (4,), 3)
    other.args.update({"betas": [0.6, 0.8], "lr": 0.03})
    yield other
    yield draw.exact(_case(draw, "float64", (2, 2), 4, size=1e-3))
    yield strided(_case(draw, "inputs that are not contiguous", (3, 2), 5))


EXERCISE = exercise(
    __name__,
    adamw_step,
    made,
    [
        Property("shape", "three results of the shape of the weight", 0.25, "shape"),
        Property("moments", "the running mean of gradients", 0.5, result="mean"),
        Property("squares", "the running mean of squared gradients", 0.5, result="square"),
        Property("first", "the first step is as long as the learning rate", 0.5),
        Property("values", "later steps, with decay and without", 0.75),
        Property("tiny", "tiny gradients, where epsilon counts", 0.25),
    ],
    title="One step of AdamW",
    minutes=7,
    difficulty=2,
    hidden=("labkit.foundations.optimizers:AdamW", "labkit.foundations.optimizers:Adam"),
    returns=("weight", "mean", "square"),
    hints=(
        "Six lines: mean, square, both corrected, the shrunken weight, the step. Give the corrected means names of "
        "their own: the running ones are returned.",
        "A running mean keeps a share β of its old value and takes a share 1 - β of the new one. For the squares, the "
        "new value is the gradient squared, entry by entry.",
        "Both means started at 0. After t steps, β to the power of t is the share of that 0 which is left. Divide by "
        "the rest, one minus that.",
        "The decay does not touch the gradient. Multiply the old weight by a number slightly below 1, made of the "
        "learning rate and the decay, and subtract the step from the product.",
    ),
)
