"""Exercise: classifier-free guidance."""

from collections.abc import Iterator
from dataclasses import replace

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.diffusion.guidance import guide


def _case(draw: Draw, name: str, *shape: int, weights: list[float], tests: str = "values") -> Case:
    args = {"conditional": draw(*shape), "unconditional": draw(*shape), "weight": torch.tensor(weights)}
    return Case(name, args, tests)


@cases("conditional", "unconditional")
def made(draw: Draw) -> Iterator[Case]:
    """Weights between 0 and 1, at both ends and beyond; images as wide as the batch, float64, strides."""
    strided = _case(draw, "inputs that are not contiguous", 2, 3, weights=[0.4, 0.7])
    yield _case(draw, "one number, a weight of 0.3", 1, 1, weights=[0.3])
    yield _case(draw, "two vectors, one weight", 2, 3, weights=[0.3, 0.3])
    yield draw.exact(_case(draw, "float64", 1, 2, weights=[0.8]))
    yield replace(strided, strided=("conditional", "unconditional"))
    yield _case(draw, "weights 0 and 1", 2, 2, weights=[0.0, 1.0], tests="ends")
    yield _case(draw, "a weight of 3", 2, 2, weights=[3.0, 3.0], tests="beyond")
    yield _case(draw, "a weight of 8", 1, 2, weights=[8.0], tests="beyond")
    yield _case(draw, "a weight for each sample", 3, 2, weights=[0.2, 1.5, 4.0], tests="own")
    yield _case(draw, "images, as wide as there are samples", 3, 1, 3, 3, weights=[0.0, 2.0, 5.0], tests="own")


EXERCISE = exercise(
    __name__,
    guide,
    made,
    [
        Property("shape", "the shape of the predictions", 0.25, "shape"),
        Property("values", "right between the two predictions, float64 and strides", 0.75),
        Property("ends", "weight 0 ignores the class, weight 1 is the conditional prediction", 0.5),
        Property("beyond", "right for weights beyond 1", 0.5),
        Property("own", "each sample has its own weight, images too", 0.5),
        Property("gradients", "right gradients for both predictions", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ],
    title="Classifier-free guidance",
    minutes=4,
    difficulty=1,
    returns=("noise",),
    hidden=("labkit.diffusion.guidance:guided",),
    hints=(
        "Think of the two predictions as two points, and of the weight as how far you go from one towards the other. "
        "At which point are you with weight 0?",
        "The way from a to b is b - a. You go `weight` times that way, and you may go beyond b.",
        "There is one weight for each sample. Append axes of length 1, as you did with the schedule in exercise 1.",
    ),
)
