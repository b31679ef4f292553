"""Exercise: inverted dropout."""

from collections.abc import Iterator
from dataclasses import replace

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.foundations.dropout import drop as reference


def _case(draw: Draw, name: str, shape: tuple[int, ...], rate: float, training: bool = True) -> Case:
    """Random numbers to drop from; at least one stays and at least one goes in each column of more than one row."""
    x, uniform = draw(*shape), torch.rand(shape, generator=draw.generator)
    flat = uniform.view(len(uniform), -1)
    flat[0], flat[-1] = rate * flat[0], rate + (1 - rate) * flat[-1]
    args = {"x": x + 0.1 * x.sign(), "uniform": uniform, "rate": rate, "training": training}
    return Case(name, args, "values" if training else "evaluation")


@cases("x")
def made(draw: Draw) -> Iterator[Case]:
    """Several rates and shapes, a rate of zero, float64, evaluation."""
    yield _case(draw, "four numbers", (4,), 0.25)
    yield _case(draw, "two rows, a rate of one half", (2, 3), 0.5)
    yield _case(draw, "some rate", (4, 3), 0.15 + 0.2 * torch.rand((), generator=draw.generator).item())
    yield _case(draw, "a high rate", (5, 4), 0.8)
    yield _case(draw, "three axes", (2, 3, 2), 0.4)
    yield _case(draw, "a rate of zero", (2, 2), 0.0)
    edge = _case(draw, "a number exactly at the rate stays", (2, 2), 0.25)
    edge.args["uniform"][1, 0] = 0.25
    yield edge
    yield draw.exact(_case(draw, "float64", (3, 2), 0.6))
    yield strided(_case(draw, "inputs that are not contiguous", (3, 2), 0.3))
    yield _case(draw, "evaluation", (3, 2), 0.4, training=False)
    yield _case(draw, "evaluation at a high rate", (2, 2), 0.8, training=False)
    yield replace(_case(draw, "training, beside the evaluation", (3, 3), 0.3), tests="evaluation")


EXERCISE = exercise(
    __name__,
    reference,
    made,
    [
        Property("shape", "two results of the shape of x", 0.25, "shape"),
        Property("values", "the right numbers are dropped, and the others scaled", 1.0),
        Property("evaluation", "x is unchanged in evaluation, and in evaluation only", 0.5),
        Property("gradients", "the gradient is multiplied by the same factors", 0.25, "gradients"),
    ],
    title="Dropout",
    minutes=4,
    difficulty=1,
    hidden=("labkit.foundations.dropout:dropout", "labkit.foundations.dropout:Dropout"),
    returns=("dropped", "factors"),
    hints=(
        "Compute the factors first, one for each entry of x, and multiply at the end. Which two values can a factor "
        "have in training, and which one in evaluation?",
        "A uniform random number is below `rate` with probability `rate`. A comparison gives True and False: "
        "`.to(x.dtype)` turns them into 1 and 0.",
        "A factor is 0 with probability `rate` and f with probability 1 - `rate`. Its mean should be 1. Solve for f.",
    ),
)
