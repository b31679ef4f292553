"""Exercise: one step of DDPM's reverse process."""

from collections.abc import Iterator
from dataclasses import replace

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.diffusion.ddpm import ddpm_step

Levels = tuple[float, float] | None


def walk_case(draw: Draw, name: str, *shape: int, tests: str = "values", levels: Levels = None) -> Case:
    """A random step: a sample, its predicted noise, two levels of the schedule, fresh noise."""
    x, noise, fresh = draw(*shape), draw(*shape), draw(*shape)
    if levels is None:
        then, factor = 0.3 + 0.6 * torch.rand(2, generator=draw.generator)
        now = then * factor
    else:
        now, then = map(torch.tensor, levels)
    return Case(name, {"x": x, "noise": noise, "now": now, "then": then, "fresh": fresh}, tests)


def without_fresh_noise(case: Case) -> Case:
    """The same case with zeros for fresh noise."""
    return replace(case, args={**case.args, "fresh": torch.zeros_like(case.args["fresh"])})


@cases("x", "noise")
def made(draw: Draw) -> Iterator[Case]:
    """One number, vectors, images, float64, strides; no fresh noise, small and large steps, the last step."""
    yield without_fresh_noise(walk_case(draw, "fresh noise that is 0", 1, 2, tests="mean"))
    far = walk_case(draw, "fresh noise that is 0, a large step", 2, 2, tests="mean", levels=(0.05, 0.9))
    yield without_fresh_noise(far)
    yield walk_case(draw, "one number", 1, 1)
    yield walk_case(draw, "two vectors", 2, 3)
    yield walk_case(draw, "images", 2, 1, 3, 3)
    yield draw.exact(walk_case(draw, "float64", 2, 2))
    yield replace(walk_case(draw, "inputs that are not contiguous", 2, 3), strided=("x", "noise", "fresh"))
    yield walk_case(draw, "one small step", 2, 2, tests="strides", levels=(0.5, 0.51))
    yield walk_case(draw, "a large step", 2, 2, tests="strides", levels=(0.02, 0.7))
    yield walk_case(draw, "the last step", 2, 2, tests="end", levels=(0.9, 1.0))
    yield walk_case(draw, "the last step, a large one", 2, 2, tests="end", levels=(0.2, 1.0))


EXERCISE = exercise(
    __name__,
    ddpm_step,
    made,
    [
        Property("shape", "the shape of the sample", 0.25, "shape"),
        Property("mean", "the mean of the step, before fresh noise is added", 1.0),
        Property("values", "right with fresh noise, for images, float64 and strides", 0.75),
        Property("strides", "right for small steps and large ones", 0.5),
        Property("end", "right in the last step, which adds no fresh noise", 0.5),
        Property("gradients", "right gradients for the sample and the predicted noise", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ],
    title="One step back",
    minutes=7,
    difficulty=2,
    returns=("x",),
    hints=(
        "The alpha of the single step is not among the arguments, but both products are. `now` has one factor more "
        "than `then`: how do you get that factor?",
        "First the bracket: subtract a fraction of the noise from x. Then the factor in front of the bracket, which "
        "undoes the shrinking of the forward step. Test both with `fresh` set to zeros.",
        "The formula gives the *variance* of the fresh noise. Put `then` = 1 into it: the last step needs no special "
        "case.",
    ),
)
