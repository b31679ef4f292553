"""Exercise: one pre-norm block of the encoder."""

from collections.abc import Iterator

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.transformers.block import pre_norm_block

NAMES = ("w_q", "w_k", "w_v", "w_o", "w_1", "w_2")


def _case(draw: Draw, name: str, x: tuple[int, int, int], hidden: int, heads: int, tests: str = "values") -> Case:
    """Random inputs that are not normalized, and matrices that keep the size of what they multiply."""
    d = x[-1]
    shapes = ((d, d), (d, d), (d, d), (d, d), (d, hidden), (hidden, d))
    matrices = {key: draw(*shape) * 1.5 / shape[0] ** 0.5 for key, shape in zip(NAMES, shapes, strict=True)}
    return Case(name, {"x": draw(*x) * 2 + 1, **matrices, "heads": heads}, tests)


def _without(case: Case, *names: str) -> Case:
    for name in names:
        case.args[name].zero_()
    return case


@cases("x", *NAMES)
def made(draw: Draw) -> Iterator[Case]:
    """Attention alone, the feed-forward network alone; then both, with one head and several."""
    yield _without(_case(draw, "W_2 is zero", (1, 3, 4), 5, 1, "attention"), "w_2")
    yield _without(_case(draw, "W_2 is zero, two heads", (2, 3, 4), 5, 2, "attention"), "w_2")
    yield _without(_case(draw, "W_O is zero", (1, 2, 3), 5, 1, "feed-forward"), "w_o")
    yield _case(draw, "one token", (1, 1, 4), 6, 2)
    yield _case(draw, "three heads, batch of two", (2, 4, 6), 8, 3)
    yield draw.exact(_case(draw, "float64", (2, 3, 4), 7, 2))
    yield strided(_case(draw, "inputs that are not contiguous", (2, 3, 4), 9, 2))


EXERCISE = exercise(
    __name__,
    pre_norm_block,
    made,
    [
        Property("shape", "the output has the shape of x", 0.25, "shape"),
        Property("attention", "the attention layer is right", 0.75),
        Property("feed-forward", "the feed-forward network is right", 0.5),
        Property("values", "both layers together are right", 1.0),
    ],
    title="A Transformer block",
    minutes=5,
    difficulty=2,
    returns=("y",),
    hints=(
        "Write the two equations of part 3 one after the other: first a, then the output. The norm of x stands inside "
        "the attention, and x itself outside: give the norm of x a name, because you need it three times.",
        "Self-attention: queries, keys and values are the normalized x times their own matrix. `multi_head` does the "
        "rest, and its result is multiplied by w_o.",
        "The feed-forward network reads the norm of a, not of x. Multiply by w_1, set negative numbers to zero "
        "(`F.relu`), multiply by w_2, and add a.",
    ),
)
