"""Exercise: the top-p filter."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.transformers.sampling import top_p


def _logits(shape: tuple[int, ...], p: float, draw: Draw) -> torch.Tensor:
    """Rows without ties, of which something is dropped, and no sum comes so close to p that rounding would decide."""
    while True:
        logits = torch.randn(shape, generator=draw.generator, dtype=torch.float64) * 1.5
        sums = logits.sort(descending=True).values.softmax(dim=-1).cumsum(dim=-1)
        gaps = logits.sort().values.diff(dim=-1)
        unordered = (logits.diff(dim=-1) > 0).any(-1) & (logits.diff(dim=-1) < 0).any(-1)
        far = (sums[..., :-1] - p).abs().min() > 0.01 and sums[..., -2].min() > p
        if far and gaps.min() > 0.01 and unordered.all():
            return logits


def _case(draw: Draw, name: str, shape: tuple[int, ...], p: float, tests: str = "values") -> Case:
    return Case(name, {"logits": _logits(shape, p, draw).float(), "p": p}, tests)


def _sure(draw: Draw, size: int) -> torch.Tensor:
    """One token, not the first, has nearly all of the probability."""
    logits = _logits((1, size), 0.5, draw).float()
    logits[0, 1 + int(torch.randint(0, size - 1, (), generator=draw.generator))] = 9.0
    return logits


@cases("logits")
def made(draw: Draw) -> Iterator[Case]:
    """One row and several, one axis and three, float64, strides; p of 0 and near 1; a model that is sure."""
    yield _case(draw, "three tokens", (1, 3), 0.5)
    yield _case(draw, "five tokens", (1, 5), 0.8)
    yield _case(draw, "three rows", (3, 6), 0.7)
    yield _case(draw, "no batch axis", (7,), 0.6)
    yield _case(draw, "two batch axes", (2, 2, 5), 0.75)
    yield draw.exact(_case(draw, "float64", (2, 6), 0.6))
    yield strided(_case(draw, "logits that are not contiguous", (2, 5), 0.65))
    yield Case("the likeliest token is enough", {"logits": _sure(draw, 5), "p": 0.5}, "crossing")
    yield _case(draw, "p is small", (2, 4), 0.05, "crossing")
    yield _case(draw, "p is 0", (2, 4), 0.0, "edges")
    yield _case(draw, "p is large", (1, 12), 0.95, "edges")


EXERCISE = exercise(
    __name__,
    top_p,
    made,
    [
        Property("shape", "the result has the shape of the logits", 0.25, "shape"),
        Property("values", "the fewest tokens that together have p are kept, the others are minus infinity", 1.25),
        Property("crossing", "the token that reaches p is kept", 0.5),
        Property("edges", "at p = 0 the likeliest is left, near p = 1 most are", 0.5),
    ],
    title="The top-p filter",
    minutes=7,
    difficulty=3,
    returns=("filtered",),
    hints=(
        "Sort the logits of each row, largest first: `sort` returns the values and the order. Turn the sorted values "
        "into probabilities and add them up from the left with `cumsum`.",
        "A token is needed if the tokens *before* it do not reach p. Their sum is the cumulative sum less the token's "
        "own probability. The first of the sorted tokens is kept whatever p is.",
        "Now you know which of the *sorted* tokens are kept. To bring this mask back into the old order, `scatter` it "
        "along the last axis with the `order` that the sort returned.",
        "At the end, fill the original logits with minus infinity where a token is not kept.",
    ),
)
