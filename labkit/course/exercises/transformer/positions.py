"""Exercise: sinusoidal positions."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.nn.positions import sinusoidal


def _case(name: str, length: int, width: int, tests: str = "values") -> Case:
    return Case(name, {"length": length, "width": width}, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """One position and many, a width of two and more, and a long table of random size."""
    length, half = (int(torch.randint(low, high, (), generator=draw.generator)) for low, high in ((40, 90), (9, 20)))
    yield _case("one position, two dimensions", 1, 2, "first")
    yield _case("one position, four dimensions", 1, 4, "first")
    yield _case("two positions, two dimensions", 2, 2, "pair")
    yield _case("five positions, two dimensions", 5, 2, "pair")
    yield _case("two positions, four dimensions", 2, 4)
    yield _case("three positions, six dimensions", 3, 6)
    yield _case("nine positions, four dimensions", 9, 4)
    yield _case("many positions, many dimensions", length, 2 * half)


EXERCISE = exercise(
    __name__,
    sinusoidal,
    made,
    [
        Property("shape", "one row for each position, one column for each dimension", 0.5, "shape"),
        Property("first", "position 0 is right", 0.25),
        Property("pair", "the sine and cosine of the first pair are right", 0.75),
        Property("values", "every pair has its own frequency", 1.5),
    ],
    title="Sinusoidal positions",
    minutes=6,
    difficulty=2,
    hidden=("labkit.nn.positions:frequencies",),  # without it, Rotary gives no angles either
    returns=("positions",),
    tolerance=2e-4,
    hints=(
        "First make a table of angles: one row for each position, one column for each pair. An angle is the position "
        "divided by the power of 10000 that belongs to the pair.",
        "`torch.arange` gives both the positions and the numbers 0, 2, 4, ..., which are 2i. A column of positions, "
        "shape (length, 1), and a row of powers, shape (width/2,), broadcast to the whole table.",
        "The sine of pair i belongs into column 2i, its cosine into column 2i + 1. You can fill an empty tensor with "
        "steps of two, or stack sine and cosine along a new last axis and flatten.",
    ),
)
