"""Exercise: jump straight to step t."""

from collections.abc import Iterator
from dataclasses import replace

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.diffusion.ddpm import jump


def _case(draw: Draw, name: str, *shape: int, steps: list[int], tests: str = "values") -> Case:
    """Random samples and noise on a random schedule of ten steps."""
    kept = (0.55 + 0.4 * torch.rand(10, generator=draw.generator)).cumprod(dim=0)
    return Case(name, {"x0": draw(*shape), "t": torch.tensor(steps), "noise": draw(*shape), "kept": kept}, tests)


@cases("x0")
def made(draw: Draw) -> Iterator[Case]:
    """One number, vectors, images with as many rows as samples, first and last step, float64, strides, no noise."""
    yield _case(draw, "one number", 1, 1, steps=[4])
    yield _case(draw, "two vectors at one step", 2, 3, steps=[6, 6])
    yield draw.exact(_case(draw, "float64", 1, 2, steps=[3]))
    yield replace(_case(draw, "inputs that are not contiguous", 2, 3, steps=[5, 2]), strided=("x0", "noise"))
    yield _case(draw, "three vectors, each at its own step", 3, 2, steps=[1, 8, 5], tests="own")
    yield _case(draw, "as many numbers in a vector as samples", 3, 3, steps=[2, 9, 4], tests="own")
    yield _case(draw, "images, as wide as there are samples", 4, 1, 4, 4, steps=[7, 1, 3, 9], tests="own")
    yield _case(draw, "the first step", 2, 2, steps=[0, 0], tests="ends")
    yield _case(draw, "the last step", 2, 2, steps=[9, 9], tests="ends")
    silent = _case(draw, "noise that is 0", 2, 3, steps=[4, 7], tests="ends")
    silent.args["noise"].zero_()
    yield silent


EXERCISE = exercise(
    __name__,
    jump,
    made,
    [
        Property("shape", "the shape of the sample", 0.25, "shape"),
        Property("values", "right for all samples at one step, float64 and strides", 0.75),
        Property("own", "each sample at its own step, images too", 0.75),
        Property("ends", "right at the first and the last step, and where the noise is 0", 0.5),
        Property("gradients", "right gradient for the sample", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ],
    title="Jump to step t",
    minutes=5,
    difficulty=1,
    returns=("noisy",),
    hints=(
        "Begin with one number and one step. The schedule gives a fraction of *variance*: by what must you multiply a "
        "number so that its variance is multiplied by that fraction?",
        "Indexing does the lookup: `kept[t]` has one value for each sample. The noise gets the rest of the variance, "
        "so that both add up to 1.",
        "For images the values need as many axes as the sample has, of length 1 each: `view(-1, 1, 1, 1)`, or "
        "`view(-1, *[1] * (x0.ndim - 1))` for any number of axes.",
    ),
)
