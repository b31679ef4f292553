"""Exercise: the step of DDIM, with a dial for fresh noise."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.diffusion.ddim_slips import SLIPS
from labkit.course.exercises.diffusion.ddpm_step import walk_case


def _with(case: Case, eta: float) -> Case:
    return replace(case, args=dict(case.args) | {"eta": eta})


def cases(seed: int, device: torch.device) -> list[Case]:
    """Without fresh noise: numbers, vectors, images, float64, strides, long strides; then a little, and all of it."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    strided = walk_case("inputs that are not contiguous", (2, 3), draw)
    return [
        _with(walk_case("one number", (1, 1), draw), 0.0),
        _with(walk_case("two vectors", (2, 3), draw), 0.0),
        _with(walk_case("images", (2, 1, 3, 3), draw), 0.0),
        _with(walk_case("float64", (2, 2), draw, dtype=precise), 0.0),
        _with(replace(strided, strided=("x", "noise", "fresh")), 0.0),
        _with(walk_case("a long stride", (2, 2), draw, "strides", (0.02, 0.7)), 0.0),
        _with(walk_case("a small step", (2, 2), draw, "strides", (0.5, 0.51)), 0.0),
        _with(walk_case("some fresh noise", (2, 2), draw, "eta"), 0.5),
        _with(walk_case("as much fresh noise as in DDPM", (2, 2), draw, "eta"), 1.0),
        _with(walk_case("some fresh noise, a long stride", (1, 2), draw, "eta", (0.1, 0.6)), 0.7),
        _with(walk_case("the end of the walk", (2, 2), draw, "end", (0.9, 1.0)), 0.0),
        _with(walk_case("the end, with fresh noise on offer", (2, 2), draw, "end", (0.5, 1.0)), 1.0),
    ]


EXERCISE = Exercise(
    id="diffusion.ddim_step",
    title="A longer stride",
    hour=17,
    position=3,
    minutes=7,
    difficulty=3,
    reference="labkit.diffusion.ddim:ddim_step",
    returns=("x",),
    cases=cases,
    properties=(
        Property("shape", "the shape of the sample", 0.25, "shape"),
        Property("values", "without fresh noise, for images, float64 and strides of memory", 1.0),
        Property("strides", "right for small steps and long ones", 0.5),
        Property("eta", "with some fresh noise, and with as much as DDPM", 1.0),
        Property("end", "at the end of the walk", 0.25),
        Property("gradients", "right gradients for the sample and the noise told", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Two moves. First guess the clean sample: solve the formula of exercise 1 for x0. Then apply exercise 1 again, "
        "at the new level, with the noise that you were told.",
        "Now the dial. Fresh noise of variance sigma squared comes in, so as much has to go out: told noise and "
        "fresh noise together have the variance of the new level.",
        "Sigma is eta times the deviation of exercise 2. At the end of the walk `then` is 1, so sigma is 0; rounding "
        "may leave a tiny negative number under the root, and `clamp(min=0)` takes care of it.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
