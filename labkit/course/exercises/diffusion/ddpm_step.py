"""Exercise: the step back of DDPM."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.diffusion.ddpm_slips import SLIPS


def walk_case(
    name: str, shape: tuple[int, ...], draw: torch.Generator, tests: str = "values",
    levels: tuple[float, float] | None = None, dtype: torch.dtype = torch.float32,
) -> Case:  # fmt: skip
    """A random stop of a walk: where it stands, the noise told, two levels, fresh noise."""
    x, noise, fresh = (torch.randn(shape, generator=draw).to(dtype) for _ in range(3))
    if levels is None:
        then = 0.3 + 0.6 * torch.rand((), generator=draw)
        now = then * (0.3 + 0.6 * torch.rand((), generator=draw))
    else:
        now, then = map(torch.tensor, levels)
    args = {"x": x, "noise": noise, "now": now.to(dtype), "then": then.to(dtype), "fresh": fresh}
    return Case(name, args, tests, gradients=("x", "noise"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """One number, vectors, images, float64, strides; no fresh noise, small and long strides, the end of the walk."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    mean = walk_case("no fresh noise drawn", (1, 2), draw, "mean")
    mean.args["fresh"].zero_()
    far = walk_case("no fresh noise, a long stride", (2, 2), draw, "mean", (0.05, 0.9))
    far.args["fresh"].zero_()
    strided = walk_case("inputs that are not contiguous", (2, 3), draw)
    return [
        mean,
        far,
        walk_case("one number", (1, 1), draw),
        walk_case("two vectors", (2, 3), draw),
        walk_case("images", (2, 1, 3, 3), draw),
        walk_case("float64", (2, 2), draw, dtype=precise),
        replace(strided, strided=("x", "noise", "fresh")),
        walk_case("one small step", (2, 2), draw, "strides", (0.5, 0.51)),
        walk_case("a long stride", (2, 2), draw, "strides", (0.02, 0.7)),
        walk_case("the end of the walk", (2, 2), draw, "end", (0.9, 1.0)),
        walk_case("the end, from afar", (2, 2), draw, "end", (0.2, 1.0)),
    ]


EXERCISE = Exercise(
    id="diffusion.ddpm_step",
    title="One step back",
    hour=17,
    position=2,
    minutes=7,
    difficulty=2,
    reference="labkit.diffusion.ddpm:ddpm_step",
    returns=("x",),
    cases=cases,
    properties=(
        Property("shape", "the shape of the sample", 0.25, "shape"),
        Property("mean", "where the step leads before fresh noise comes in", 1.0),
        Property("values", "right with fresh noise, for images, float64 and strides", 0.75),
        Property("strides", "right for small steps and long ones", 0.5),
        Property("end", "at the end of the walk, where no fresh noise comes in", 0.5),
        Property("gradients", "right gradients for the sample and the noise told", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "The step's own alpha is not among the arguments, but both products are. One product has one factor more than "
        "the other: how do you get it?",
        "First the bracket: take away from x a share of the noise. Then the factor before the bracket, which makes "
        "up for what the forward step had shrunk. Check both with `fresh` set to zero.",
        "The formula gives the *variance* of the fresh noise. Put `then` = 1 into it: the end of the walk needs no "
        "special case.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
