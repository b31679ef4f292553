"""Exercise: the loss of a causal language model."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.transformers.gpt import IGNORED, causal_loss


def _case(draw: Draw, name: str, b: int, t: int, v: int, tests: str = "values") -> Case:
    labels = torch.randint(0, v, (b, t), generator=draw.generator)
    return Case(name, {"logits": draw(b, t, v) * 2, "labels": labels}, tests)


def _ignoring(case: Case, places: list[tuple[int, int]]) -> Case:
    for row, place in places:
        case.args["labels"][row, place] = IGNORED
    return case


@cases("logits")
def made(draw: Draw) -> Iterator[Case]:
    """Short and long, float64, strides, large logits; labels that do not count, in one row more than in another."""
    yield _case(draw, "two tokens", 1, 2, 3)
    yield _case(draw, "one row of four", 1, 4, 3)
    yield _case(draw, "two rows of five", 2, 5, 4)
    yield _case(draw, "as many tokens as positions", 3, 6, 6)
    yield draw.exact(_case(draw, "float64", 2, 3, 4))
    yield strided(_case(draw, "logits that are not contiguous", 2, 4, 3))
    large = _case(draw, "large logits", 1, 4, 5, "large")
    large.args["logits"].mul_(200)
    yield large
    yield _ignoring(_case(draw, "a beginning that does not count", 1, 5, 4, "ignored"), [(0, 0), (0, 1), (0, 2)])
    yield _ignoring(_case(draw, "an end that does not count", 2, 5, 4, "ignored"), [(0, 3), (0, 4), (1, 4)])
    yield _ignoring(_case(draw, "one row counts almost alone", 2, 6, 4, "ignored"), [(0, i) for i in range(1, 5)])


EXERCISE = exercise(
    __name__,
    causal_loss,
    made,
    [
        Property("shape", "one number", 0.25, "shape"),
        Property("values", "each position predicts the token after it", 1.25),
        Property("large", "large logits do not overflow", 0.25),
        Property("ignored", "labels of -100 do not count, not in the mean either", 0.75),
    ],
    title="The loss of a language model",
    minutes=5,
    difficulty=1,
    returns=("loss",),
    hints=(
        "Write a text of four tokens on paper, and below each token the one that follows. How many predictions are "
        "there? Which position of `logits` has nothing to predict?",
        "Cut one position off the end of the logits, and one off the beginning of the labels. Now each prediction "
        "stands beside its label.",
        "`F.cross_entropy` wants one row for each prediction: logits as (predictions, v) and labels as (predictions). "
        "Join the batch axis and the time axis with `flatten(0, 1)` and `flatten()`.",
        "`F.cross_entropy` also has an argument for labels that do not count, `ignore_index`. Its default is the "
        "number that you need. It divides by the number of labels that count.",
    ),
)
