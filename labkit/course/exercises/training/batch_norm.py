"""Exercise: batch normalization with running statistics, a bug hunt.

The stub has the bug of many ports between TensorFlow and PyTorch, such as torchvision's MaxViT (pytorch/vision issue
8250): the momentum is the share of the old value in one of them, and of the new value in the other.
"""

from collections.abc import Iterator
from dataclasses import replace

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.foundations.normalization import batch_norm


def _case(
    draw: Draw, name: str, b: int, f: int, training: bool = True, momentum: float = 0.1, eps: float = 1e-5
) -> Case:
    """A random batch, and running statistics that are not those of the batch."""
    args = {"x": 2 * draw(b, f) + 1, "weight": draw(f) + 2, "bias": draw(f), "running_mean": draw(f)}
    args |= {"running_variance": 0.5 + 3 * torch.rand(f, generator=draw.generator), "training": training}
    return Case(name, args | {"momentum": momentum, "eps": eps}, "training" if training else "evaluation")


def made(seed: int, device: torch.device) -> list[Case]:
    """Batches of two rows and more; gradients where the running statistics stand still, so that none flow into them."""
    return [
        replace(case, gradients=() if case.args["training"] and case.args["momentum"] else ("x", "weight", "bias"))
        for case in _drawn(seed, device)
    ]


@cases()
def _drawn(draw: Draw) -> Iterator[Case]:
    yield _case(draw, "three rows, one feature", 3, 1)
    yield _case(draw, "four rows, two features", 4, 2)
    yield _case(draw, "as many rows as features", 3, 3)
    yield _case(draw, "another momentum", 5, 2, momentum=0.3)
    yield _case(draw, "a large epsilon", 4, 3, eps=0.5)
    yield draw.exact(_case(draw, "float64", 4, 3))
    yield replace(_case(draw, "x that is not contiguous", 4, 3), strided=("x",))
    yield _case(draw, "a momentum of zero", 4, 2, momentum=0.0)
    yield draw.exact(_case(draw, "a momentum of zero, float64", 5, 3, momentum=0.0))
    yield _case(draw, "evaluation of one row", 1, 2, training=False)
    yield _case(draw, "evaluation of four rows", 4, 3, training=False, eps=0.5)


EXERCISE = exercise(
    __name__,
    batch_norm,
    made,
    [
        Property("shape", "y has the shape of x, and the running statistics keep theirs", 0.25, "shape"),
        Property("y", "in training the batch is normalized", 0.5, result="y"),
        Property("training", "the running statistics move towards those of the batch", 1.0),
        Property("evaluation", "in evaluation they normalize, and stay as they are", 0.5),
        Property("gradients", "the gradient flows through mean and variance", 0.5, "gradients"),
    ],
    title="Bug hunt: batch norm",
    minutes=7,
    difficulty=2,
    bug_hunt=True,
    hidden=("labkit.foundations.normalization:BatchNorm", "labkit.foundations.normalization:_Normalize"),
    returns=("y", "mean", "variance"),
    hints=(
        "The training loss is right, so y is right in training mode. Test accuracy in evaluation mode is not. Which "
        "lines change only what evaluation mode reads?",
        "Take the example of the docstring: old running mean 0, batch mean 2, momentum 0.1. How far should the running "
        "mean move, and how far does it move here?",
        "Compare the two update lines with the equation of part 4, factor by factor: which of old and new is "
        "multiplied by ρ?",
    ),
)
