"""Exercise: decoder inputs, labels shifted by one, and a mask that hides the future and the padding."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.transformers.transformer import teacher_forcing


def _case(draw: Draw, name: str, lengths: list[int], width: int, padding: int = 0) -> Case:
    """Rows of different random tokens, never `padding`, then padding up to `width`."""
    rows = torch.stack([torch.randperm(40, generator=draw.generator)[:width] + 10 for _ in lengths])
    for row, length in zip(rows, lengths, strict=True):
        row[length:] = padding
    tests = "causal" if min(lengths) == width else "padding"
    return Case(name, {"target": rows, "padding": padding}, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """Without and with padding, a padding other than 0, one pair of tokens, a row that is all padding."""
    yield _case(draw, "two tokens", [2], 2)
    yield _case(draw, "four tokens", [4], 4)
    yield _case(draw, "two rows of six", [6, 6], 6)
    yield _case(draw, "padding at the end", [3], 5)
    yield _case(draw, "rows of different length", [5, 2, 4], 5)
    yield _case(draw, "padding is token 3", [4, 2], 4, padding=3)
    yield _case(draw, "a row that is all padding", [3, 0], 4)
    yield strided(_case(draw, "a target that is not contiguous", [5, 3], 5))


EXERCISE = exercise(
    __name__,
    teacher_forcing,
    made,
    [
        Property("shape", "three results of the right shapes", 0.25, "shape"),
        Property("given", "the inputs are what comes before each label", 0.5, result="inputs"),
        Property("labels", "each label is the token after its input", 0.75, result="labels"),
        Property("causal", "each position sees itself and nothing later", 0.75, result="mask"),
        Property("padding", "no position looks at padding", 0.5, result="mask"),
    ],
    title="Teacher forcing",
    minutes=5,
    difficulty=2,
    returns=("inputs", "labels", "mask"),
    hints=(
        "Write a target of four tokens on paper, and below each token the one that should be predicted next. Which "
        "token has nothing below it? Which token is never predicted?",
        "The causal mask is a square with True on and below the diagonal: row t may look at columns 0 to t. torch can "
        "cut such a triangle out of a square of ones.",
        "The padding mask depends on the row of the batch and on the column that is looked at. Compare the inputs "
        "with `padding`, and add an axis so that the result broadcasts to (b, t - 1, t - 1). Where does it go?",
        "Both masks must allow a look: combine them with `&`. The mask describes the inputs, which are one token "
        "shorter than the target.",
    ),
)
