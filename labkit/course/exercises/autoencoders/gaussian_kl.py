"""Exercise: the KL divergence of a diagonal Gaussian from the standard normal."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.autoencoders.gaussian_kl_slips import SLIPS


def _case(
    name: str, shape: tuple[int, ...], draw: torch.Generator, tests: str = "values",
    dtype: torch.dtype = torch.float32, shift: float = 0.0, scale: float = 1.0,
) -> Case:  # fmt: skip
    """Random means, `scale` times as large, and log variances moved by `shift`."""
    mean, log_variance = (torch.randn(shape, generator=draw).to(dtype) for _ in range(2))
    args = {"mean": scale * mean, "log_variance": log_variance + shift}
    return Case(name, args, tests, gradients=("mean", "log_variance"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """The prior itself, one number, rows, float64, strides, several batch axes; sure, wide and far posteriors."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    prior = Case(
        "the prior itself", {"mean": torch.zeros(2, 3), "log_variance": torch.zeros(2, 3)}, "prior",
        gradients=("mean", "log_variance"),
    )  # fmt: skip
    strided = _case("inputs that are not contiguous", (2, 3), draw)
    return [
        prior,
        _case("one number", (1, 1), draw),
        _case("one image, two dimensions", (1, 2), draw),
        _case("three images, two dimensions", (3, 2), draw),
        _case("float64", (2, 3), draw, dtype=precise),
        replace(strided, strided=("mean", "log_variance")),
        _case("two batch axes", (2, 3, 4), draw),
        _case("narrow posteriors", (2, 2), draw, "extreme", shift=-20.0),
        _case("wide posteriors", (2, 2), draw, "extreme", shift=4.0),
        _case("posteriors far from the prior", (2, 2), draw, "extreme", scale=30.0),
    ]


EXERCISE = Exercise(
    id="autoencoders.gaussian_kl",
    title="The KL of a Gaussian from the prior",
    hour=14,
    position=2,
    minutes=5,
    difficulty=1,
    reference="labkit.autoencoders.vae:gaussian_kl",
    returns=("kl",),
    cases=cases,
    properties=(
        Property("shape", "one number for each image", 0.5, "shape"),
        Property("prior", "0 for the prior itself", 0.5),
        Property("values", "right for any mean and variance, batch axes, float64 and strides", 1.0),
        Property("extreme", "right for narrow, wide and far posteriors", 0.5),
        Property("gradients", "right gradients for mean and log variance", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Begin with one dimension and look at the terms of the formula: the squared mean, the variance, 1, and the "
        "logarithm of the variance. Which of them do you have already, and which needs an `exp`?",
        "Put in the prior: mean 0, log variance 0. What must come out? Whatever is left over is missing in your sum.",
        "The dimensions of one image are in the last axis, and independent: their costs add. All axes before it are "
        "images, and keep apart.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    hidden=("labkit.autoencoders.vae:kl_per_dimension",),
)
