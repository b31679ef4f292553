"""Exercise: batch normalization with running statistics."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.training.batch_norm_slips import SLIPS


def _case(
    name: str, b: int, f: int, draw: torch.Generator, training: bool = True, momentum: float = 0.1, eps: float = 1e-5
) -> Case:
    """A random batch, and running statistics that are not those of the batch."""
    x, weight, bias, mean = (torch.randn(s, generator=draw) for s in ((b, f), (f,), (f,), (f,)))
    args = {"x": 2 * x + 1, "weight": weight + 2, "bias": bias, "running_mean": mean}
    args |= {"running_variance": 0.5 + 3 * torch.rand(f, generator=draw), "training": training}
    args |= {"momentum": momentum, "eps": eps}
    return Case(name, args, "training" if training else "evaluation", gradients=("x", "weight", "bias"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Batches of two rows and more, another momentum, a large epsilon, float64, evaluation of one row and of many."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    exact = _case("float64", 4, 3, draw)
    exact.args.update({name: value.to(precise) for name, value in exact.args.items() if torch.is_tensor(value)})
    return [
        _case("three rows, one feature", 3, 1, draw),
        _case("four rows, two features", 4, 2, draw),
        _case("as many rows as features", 3, 3, draw),
        _case("another momentum", 5, 2, draw, momentum=0.3),
        _case("a large epsilon", 4, 3, draw, eps=0.5),
        exact,
        replace(_case("x that is not contiguous", 4, 3, draw), strided=("x",)),
        _case("evaluation of one row", 1, 2, draw, training=False),
        _case("evaluation of four rows", 4, 3, draw, training=False, eps=0.5),
    ]


EXERCISE = Exercise(
    id="training.batch_norm",
    title="Batch normalization",
    hour=1,
    position=5,
    minutes=5,
    difficulty=3,
    reference="labkit.foundations.normalization:batch_norm",
    hidden=("labkit.foundations.normalization:BatchNorm", "labkit.foundations.normalization:_Normalize"),
    returns=("y", "mean", "variance"),
    cases=cases,
    properties=(
        Property("shape", "y is as large as x, the running statistics as they were", 0.25, "shape"),
        Property("training", "in training the batch is normalized, and remembered", 1.25),
        Property("evaluation", "in evaluation what was remembered is used, and not changed", 0.75),
        Property("gradients", "the gradient flows through mean and variance", 0.5, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Two branches, and one formula at the end. The branches decide which mean and which variance are used, and "
        "what the running ones become; the formula is the same.",
        "Over the batch means: the axis of the rows disappears, and one number for each feature is left. "
        "`Tensor.var` has an argument `correction`: 0 divides by b, 1 by b - 1.",
        "Two variances are needed in training: the biased one normalizes this batch, the unbiased one goes into the "
        "running variance, which stands for all data.",
        "A running mean moves a share `momentum` of the way from where it is to the batch's mean. What it becomes is "
        "for later: `detach()` it. But the mean that normalizes must stay in the graph.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
