"""Exercise: scaled dot-product attention with a mask."""

from dataclasses import replace

import torch

from labkit.course.exercises.transformer.attend_slips import SLIPS
from labkit.course.spec import Case, Exercise, Misconception, Property


def _case(
    name: str,
    shapes: tuple[tuple[int, ...], ...],
    draw: torch.Generator,
    tests: str = "values",
    mask: torch.Tensor | None = None,
    dtype: torch.dtype = torch.float32,
) -> Case:
    """Random query, key and value of the given shapes."""
    query, key, value = (torch.randn(shape, generator=draw).to(dtype) for shape in shapes)
    args = {"query": query, "key": key, "value": value, "mask": mask}
    return Case(name, args, tests, gradients=("query", "key", "value"))


def random_mask(shape: tuple[int, ...], draw: torch.Generator) -> torch.Tensor:
    """Every query may look at something, and not at everything."""
    while True:
        mask = torch.rand(shape, generator=draw) < 0.6
        if (mask.any(dim=-1) & ~mask.all(dim=-1)).all():
            return mask


def cases(seed: int, device: torch.device) -> list[Case]:
    """No mask; batch axes, dtypes, strides, large scores; masks of several shapes; rows that see nothing."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    large = _case("large scores", ((1, 2, 4), (1, 3, 4), (1, 3, 4)), draw, "large")
    large.args["query"].mul_(10_000)
    strided = _case("inputs that are not contiguous", ((1, 3, 4),) * 3, draw)
    nothing = random_mask((3, 4), draw)
    nothing[1] = False
    return [
        _case("one query, one key", ((1, 1, 2),) * 3, draw),
        _case("two queries, three keys", ((1, 2, 2), (1, 3, 2), (1, 3, 2)), draw),
        _case("values of another width", ((2, 3, 5), (2, 4, 5), (2, 4, 3)), draw),
        _case("no batch axis", ((3, 4),) * 3, draw),
        _case("two batch axes", ((2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4)), draw),
        _case("float64", ((1, 2, 3), (1, 3, 3), (1, 3, 3)), draw, dtype=precise),
        replace(strided, strided=("query", "key", "value")),
        large,
        _case("a mask", ((1, 2, 2), (1, 3, 2), (1, 3, 2)), draw, "mask", random_mask((2, 3), draw)),
        _case("a mask for each row of the batch", ((2, 3, 4),) * 3, draw, "mask", random_mask((2, 3, 3), draw)),
        _case("a padding mask", ((2, 3, 4), (2, 4, 4), (2, 4, 4)), draw, "mask", random_mask((2, 1, 4), draw)),
        _case("a query that may look nowhere", ((1, 3, 2), (1, 4, 2), (1, 4, 2)), draw, "nothing", nothing),
    ]


EXERCISE = Exercise(
    id="transformer.attend",
    title="Scaled dot-product attention",
    hour=7,
    position=1,
    minutes=6,
    difficulty=1,
    reference="labkit.nn.attention:attend",
    returns=("read", "weights"),
    cases=cases,
    properties=(
        Property("shape", "two results of the right shapes", 0.5, "shape"),
        Property("values", "right without a mask, for any batch axes, float64 and strides", 1.0),
        Property("large", "large scores do not overflow", 0.5),
        Property("mask", "hidden keys get no weight, and the others share it", 1.0),
        Property("nothing", "a query that may look nowhere reads zeros", 0.5),
        Property("gradients", "right gradients for query, key and value", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Begin with the shapes: `query` is (..., t, k) and `key` is (..., s, k). Which product of the two has one "
        "score for each pair, (..., t, s)? Which two axes of `key` change places for it?",
        "A score grows with k. Bring it back to unit size before the softmax, and let the softmax run over what each "
        "query chooses among: the keys, the last axis.",
        "A hidden key must get a weight of exactly 0, and the others must still add up to 1. So hide it in the "
        "scores, before the softmax. Which number has an exponential of 0? Look at `Tensor.masked_fill`, and remember "
        "that True means: may look.",
        "Still NaN in one case? There every key is hidden, and the softmax divides 0 by 0. After the softmax, what "
        "should stand at every hidden place, in this row as in all others?",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
