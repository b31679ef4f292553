"""Exercise: scaled dot-product attention with a mask."""

from collections.abc import Iterator

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.nn.attention import attend

Shape = tuple[int, ...]


def _case(draw: Draw, name: str, query: Shape, key: Shape, width: int, tests: str = "values", mask: Shape = ()) -> Case:
    value = draw(*key[:-1], width)
    args = {"query": draw(*query), "key": draw(*key), "value": value, "mask": draw.flags(*mask) if mask else None}
    return Case(name, args, tests)


@cases("query", "key", "value")
def made(draw: Draw) -> Iterator[Case]:
    """No mask; batch axes, dtypes, strides, large scores; masks of several shapes; rows that see nothing."""
    yield _case(draw, "one query, one key", (1, 1, 2), (1, 1, 2), 2)
    yield _case(draw, "two queries, three keys", (1, 2, 2), (1, 3, 2), 2)
    yield _case(draw, "values of another width", (2, 3, 5), (2, 4, 5), 3)
    yield _case(draw, "no batch axis", (3, 4), (3, 4), 4)
    yield _case(draw, "two batch axes", (2, 2, 3, 4), (2, 2, 5, 4), 4)
    yield draw.exact(_case(draw, "float64", (1, 2, 3), (1, 3, 3), 3))
    yield strided(_case(draw, "inputs that are not contiguous", (1, 3, 4), (1, 3, 4), 4))
    large = _case(draw, "large scores", (1, 2, 4), (1, 3, 4), 4, "large")
    large.args["query"].mul_(10_000)
    yield large
    yield _case(draw, "a mask", (1, 2, 2), (1, 3, 2), 2, "mask", (2, 3))
    yield _case(draw, "a mask for each row of the batch", (2, 3, 4), (2, 3, 4), 4, "mask", (2, 3, 3))
    yield _case(draw, "a padding mask", (2, 3, 4), (2, 4, 4), 4, "mask", (2, 1, 4))
    nothing = _case(draw, "a query that may look nowhere", (1, 3, 2), (1, 4, 2), 2, "nothing", (3, 4))
    nothing.args["mask"][1] = False
    yield nothing


EXERCISE = exercise(
    __name__,
    attend,
    made,
    [
        Property("shape", "two results of the right shapes", 0.5, "shape"),
        Property("values", "right without a mask, for any batch axes, float64 and strides", 1.0),
        Property("large", "large scores do not overflow", 0.5),
        Property("mask", "hidden keys get no weight, and the others share it", 1.0),
        Property("nothing", "a query that may look nowhere reads zeros", 0.5),
    ],
    title="Scaled dot-product attention",
    minutes=7,
    difficulty=1,
    returns=("read", "weights"),
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
)
