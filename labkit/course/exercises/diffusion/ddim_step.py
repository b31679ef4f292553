"""Exercise: the step of DDIM, with a dial for fresh noise."""

from collections.abc import Iterator
from dataclasses import replace

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.course.exercises.diffusion.ddpm_step import walk_case
from labkit.diffusion.ddim import ddim_step


def _with(case: Case, eta: float) -> Case:
    return replace(case, args={**case.args, "eta": eta})


@cases("x", "noise")
def made(draw: Draw) -> Iterator[Case]:
    """Without fresh noise: numbers, vectors, images, float64, strides, large steps; then with some, and with all."""
    strided = walk_case(draw, "inputs that are not contiguous", 2, 3)
    yield _with(walk_case(draw, "one number", 1, 1), 0.0)
    yield _with(walk_case(draw, "two vectors", 2, 3), 0.0)
    yield _with(walk_case(draw, "images", 2, 1, 3, 3), 0.0)
    yield _with(draw.exact(walk_case(draw, "float64", 2, 2)), 0.0)
    yield _with(replace(strided, strided=("x", "noise", "fresh")), 0.0)
    yield _with(walk_case(draw, "a large step", 2, 2, tests="strides", levels=(0.02, 0.7)), 0.0)
    yield _with(walk_case(draw, "a small step", 2, 2, tests="strides", levels=(0.5, 0.51)), 0.0)
    yield _with(walk_case(draw, "some fresh noise", 2, 2, tests="eta"), 0.5)
    yield _with(walk_case(draw, "a little fresh noise", 2, 2, tests="eta"), 0.2)
    yield _with(walk_case(draw, "as much fresh noise as in DDPM", 2, 2, tests="eta"), 1.0)
    yield _with(walk_case(draw, "some fresh noise, a large step", 1, 2, tests="eta", levels=(0.1, 0.6)), 0.7)
    yield _with(walk_case(draw, "the last step", 2, 2, tests="end", levels=(0.9, 1.0)), 0.0)
    yield _with(walk_case(draw, "the last step, with eta 1", 2, 2, tests="end", levels=(0.5, 1.0)), 1.0)


EXERCISE = exercise(
    __name__,
    ddim_step,
    made,
    [
        Property("shape", "the shape of the sample", 0.25, "shape"),
        Property("values", "right without fresh noise, for images, float64 and strides of memory", 1.0),
        Property("strides", "right for small steps and large ones", 0.5),
        Property("eta", "right with some fresh noise, and with as much as in DDPM", 1.0),
        Property("end", "right in the last step", 0.25),
        Property("gradients", "right gradients for the sample and the predicted noise", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ],
    title="A larger step",
    minutes=7,
    difficulty=3,
    returns=("x",),
    hints=(
        "There are two moves. First guess the clean sample: solve the formula of exercise 1 for x0. Then apply "
        "exercise 1 again, at the new level, with the predicted noise.",
        "Now `eta`. Fresh noise of variance sigma squared is added, so the predicted noise gets only the rest: both "
        "together have the variance 1 - `then`.",
        "Sigma is eta times the standard deviation of exercise 2. In the last step `then` is 1, so sigma is 0. "
        "Rounding may leave a tiny negative number under the root: use `clamp(min=0)`.",
    ),
)
