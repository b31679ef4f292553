"""Exercise: softmax cross-entropy that never overflows, and its gradient."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.foundations.losses import softmax_cross_entropy


def _case(draw: Draw, name: str, b: int, c: int, tests: str = "values", size: float = 2.0) -> Case:
    target = torch.randint(c, (b,), generator=draw.generator)
    return Case(name, {"logits": size * draw(b, c), "target": target}, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """One row and many, equal logits, logits of ten thousand either way, and rows on levels far from each other."""
    yield _case(draw, "one row, two classes", 1, 2)
    yield _case(draw, "three rows, four classes", 3, 4)
    yield _case(draw, "as many rows as classes", 4, 4)
    yield _case(draw, "all logits alike", 2, 5, size=0.0)
    yield draw.exact(_case(draw, "float64", 3, 4))
    yield strided(_case(draw, "logits that are not contiguous", 3, 5))
    large = _case(draw, "large logits", 3, 4, "large")
    large.args["logits"].add_(10_000)
    yield large
    wrong = _case(draw, "confident, and wrong", 2, 3, "large", size=0.1)
    wrong.args["logits"][range(2), wrong.args["target"]] -= 10_000
    yield wrong
    low = _case(draw, "very negative logits", 2, 3, "large")
    low.args["logits"].sub_(10_000)
    yield low
    levels = _case(draw, "rows on different levels", 3, 4, "large")
    levels.args["logits"] += torch.tensor([[5_000.0], [0.0], [-5_000.0]])
    yield levels


EXERCISE = exercise(
    __name__,
    softmax_cross_entropy,
    made,
    [
        Property("shape", "one number, and a gradient of the shape of the logits", 0.25, "shape"),
        Property("loss", "the right loss", 0.75, result="loss"),
        Property("gradient", "the right gradient", 0.75, result="gradient"),
        Property("large", "logits of ten thousand, positive and negative, overflow nowhere", 1.0),
    ],
    title="Cross-entropy that never overflows",
    minutes=7,
    difficulty=2,
    hidden=(
        "labkit.foundations.losses:cross_entropy",
        "labkit.foundations.losses:log_softmax",
        "torch.nn.functional:cross_entropy",
        "torch.nn.functional:log_softmax",
    ),
    returns=("loss", "gradient"),
    hints=(
        "The loss of one row is log-sum-exp of its logits, minus the logit of the true class. Nothing needs to be "
        "divided.",
        "Only the exponentials can overflow. Subtract the largest logit of each row from all logits of that row, the "
        "true class's included. The loss stays the same, and the largest exponential is exactly 1.",
        "The gradient of a row is its probabilities, with 1 subtracted at the true class. The probabilities are the "
        "exponentials of the log-probabilities. The mean divides loss and gradient by the number of rows.",
        "`amax` and `sum` with `keepdim=True` keep an axis of size one: (b, 1) broadcasts over (b, c). An index "
        "with two lists, the row numbers and the targets, picks one number from each row.",
    ),
)
