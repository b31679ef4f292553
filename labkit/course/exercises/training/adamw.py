"""Exercise: one step of AdamW."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.training.adamw_slips import SLIPS


def _case(
    name: str,
    shape: tuple[int, ...],
    step: int,
    draw: torch.Generator,
    tests: str = "values",
    size: float = 1.0,
    decay: float = 0.5,
) -> Case:
    """A random weight and gradient; before the first step both moments are zero."""
    weight, gradient, mean = (torch.randn(shape, generator=draw) for _ in range(3))
    square = 0.1 + torch.rand(shape, generator=draw)
    if step == 1:
        mean, square = torch.zeros(shape), torch.zeros(shape)
    args = {"weight": weight, "gradient": size * gradient, "mean": size * mean, "square": size**2 * square}
    return Case(name, args | {"step": step, "lr": 0.1, "betas": [0.9, 0.99], "weight_decay": decay}, tests)


def cases(seed: int, device: torch.device) -> list[Case]:
    """The first step and later ones, with and without decay, tiny gradients, other betas, float64."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    exact = _case("float64", (2, 2), 4, draw)
    exact.args.update({name: value.to(precise) for name, value in exact.args.items() if torch.is_tensor(value)})
    other = _case("other betas and another rate", (4,), 3, draw)
    other.args.update({"betas": [0.6, 0.8], "lr": 0.03})
    strided = _case("inputs that are not contiguous", (3, 2), 5, draw)
    return [
        _case("the first step, one weight, no decay", (1,), 1, draw, "first", decay=0.0),
        _case("the first step, a matrix", (2, 3), 1, draw, "first"),
        _case("the second step, no decay", (3,), 2, draw, decay=0.0),
        _case("the tenth step", (2, 3), 10, draw),
        _case("tiny gradients", (3,), 6, draw, "tiny", size=1e-6),
        other,
        exact,
        replace(strided, strided=("weight", "gradient", "mean", "square")),
    ]


EXERCISE = Exercise(
    id="training.adamw",
    title="One step of AdamW",
    hour=1,
    position=3,
    minutes=5,
    difficulty=2,
    reference="labkit.foundations.optimizers:adamw_step",
    hidden=("labkit.foundations.optimizers:AdamW", "labkit.foundations.optimizers:Adam"),
    returns=("weight", "mean", "square"),
    cases=cases,
    properties=(
        Property("shape", "three results, each as large as the weight", 0.25, "shape"),
        Property("moments", "the running mean of gradients", 0.5, result="mean"),
        Property("squares", "the running mean of squared gradients", 0.5, result="square"),
        Property("first", "the first step is as long as the learning rate", 0.5),
        Property("values", "later steps, with decay and without", 0.75),
        Property("tiny", "tiny gradients make full steps, too", 0.25),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Five lines: mean, square, both corrected, the shrunken weight, the step. Keep the names of the corrected ones "
        "apart from the running ones: the running ones are what is asked for.",
        "A running mean with beta keeps a share beta of itself and takes a share 1 - beta of what is new. For the "
        "squares, what is new is the gradient squared, entry by entry.",
        "Both means began at 0. After t steps a share of beta to the power of t of that 0 is left: divide by what is "
        "not.",
        "The decay does not touch the gradient at all. Multiply the old weight by a number slightly below 1, made of "
        "the learning rate and the decay, and subtract the step from that.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
