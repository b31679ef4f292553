"""Exercise: additive attention with a padding mask."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.rnn.recurrent_attention import additive_attention


def _case(draw: Draw, name: str, sizes: tuple[int, ...], tests: str = "values", lengths: tuple[int, ...] = ()) -> Case:
    """Random queries, keys and weights; `sizes` are b, t, s, q, k and a. With `lengths`, the rest is padding."""
    b, t, s, q, k, a = sizes
    args = {"query": draw(b, t, q), "keys": draw(b, s, k), "query_weight": draw(a, q), "key_weight": draw(a, k)}
    mask = (torch.arange(s) < torch.tensor(lengths)[:, None])[:, None] if lengths else None
    return Case(name, args | {"score_weight": draw(a), "mask": mask}, tests)


@cases("query", "keys", "query_weight", "key_weight", "score_weight")
def made(draw: Draw) -> Iterator[Case]:
    """One query and several, widths alike and not, padding of every length, a row that is all padding, strides."""
    yield _case(draw, "one query, two keys", (1, 1, 2, 2, 2, 2))
    yield _case(draw, "two queries, three keys", (1, 2, 3, 2, 2, 2))
    yield _case(draw, "queries and keys of other widths", (2, 3, 4, 2, 5, 3))
    yield draw.exact(_case(draw, "float64", (2, 2, 3, 2, 3, 4)))
    yield strided(_case(draw, "inputs that are not contiguous", (2, 3, 3, 4, 4, 4)))
    yield _case(draw, "padding at the end of one row", (2, 2, 3, 2, 2, 2), "mask", (2, 3))
    length = int(torch.randint(1, 4, (), generator=draw.generator))
    yield _case(draw, "padding in every row", (3, 2, 5, 3, 4, 2), "mask", (1, length, 4))
    yield _case(draw, "a row that is all padding", (2, 1, 3, 2, 2, 3), "nothing", (0, 2))


EXERCISE = exercise(
    __name__,
    additive_attention,
    made,
    [
        Property("shape", "two results of the right shapes", 0.5, "shape"),
        Property("values", "right without a mask, for any widths, float64 and strides", 1.5),
        Property("mask", "padding gets no weight, and the other weights still sum to one", 1.0),
        Property("nothing", "a row that is all padding reads zeros", 0.5),
        Property("gradients", "right gradients for queries, keys and weights", 0.25, "gradients"),
    ],
    title="Additive attention",
    minutes=8,
    difficulty=2,
    returns=("read", "weights"),
    hints=(
        "Begin with the shapes: mapped queries are (b, t, a), mapped keys (b, s, a). You need a sum for every pair, "
        "(b, t, s, a). Where does each of the two get an axis of size 1, so that they broadcast?",
        "After the tanh, the product with `score_weight` (a,) removes the last axis: scores (b, t, s). The softmax "
        "runs over the keys, because each query distributes its weight over them.",
        "A padded key must get a weight of exactly 0, and the others must still sum to 1. So mask the scores, before "
        "the softmax. Which number has an exponential of 0? The mask is True where a query may look.",
        "Still NaN in one case? There everything is padding, and the softmax divides 0 by 0. After the softmax, set "
        "the weight of every masked key. And the result is a mean of the keys as given, not of the mapped keys.",
    ),
    hidden=(
        "labkit.rnn.recurrent_attention:read_from",
        "labkit.rnn.recurrent_attention:AdditiveScore",
        "labkit.rnn.attentive:BahdanauSeq2Seq",
    ),
)
