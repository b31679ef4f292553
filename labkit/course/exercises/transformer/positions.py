"""Exercise: sinusoidal positions."""

import torch
from einops import rearrange

from labkit.course.check.spec import Case, Exercise, Misconception, Property


def cases(seed: int, device: torch.device) -> list[Case]:
    """One position and many, a width of two and more, and a long row of random size."""
    draw = torch.Generator().manual_seed(seed)
    length, half = (int(torch.randint(low, high, (), generator=draw)) for low, high in ((40, 90), (9, 20)))
    return [
        Case("one position, two dimensions", {"length": 1, "width": 2}, "first"),
        Case("one position, four dimensions", {"length": 1, "width": 4}, "first"),
        Case("two positions, two dimensions", {"length": 2, "width": 2}, "pair"),
        Case("five positions, two dimensions", {"length": 5, "width": 2}, "pair"),
        Case("two positions, four dimensions", {"length": 2, "width": 4}),
        Case("three positions, six dimensions", {"length": 3, "width": 6}),
        Case("nine positions, four dimensions", {"length": 9, "width": 4}),
        Case("many positions, many dimensions", {"length": length, "width": 2 * half}),
    ]


def _angles(length, exponent, first=0):
    """Positions as rows, divided by 10000 to the power of each exponent."""
    return torch.arange(first, first + length)[:, None] / 10_000.0**exponent


def _pairs(width):
    return torch.arange(0, width, 2) / width


def _interleave(even, odd):
    return rearrange(torch.stack([even, odd], dim=-1), "t i two -> t (i two)")


def side_by_side(length, width):
    """All sines come first, then all cosines.

    You have the right numbers in another order. In the equations, in which column does the cosine with the frequency of
    column 0 stand? (Some libraries do it your way. The paper, and this exercise, put each pair together.)
    """
    angle = _angles(length, _pairs(width))
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


def cosine_first(length, width):
    """Sines and cosines have changed places.

    At position 0 every angle is 0. Which columns should then hold 0, and which 1?
    """
    angle = _angles(length, _pairs(width))
    return _interleave(angle.cos(), angle.sin())


def exponent_without_two(length, width):
    """The exponent is i/d, not 2i/d.

    The first pair is right, and all that follow turn too fast. i counts pairs, and there are d/2 of them: which
    exponent should the last pair come close to?
    """
    angle = _angles(length, _pairs(width) / 2)
    return _interleave(angle.sin(), angle.cos())


def every_column_its_own(length, width):
    """Every column has a frequency of its own.

    The sines are right. A sine and its cosine are the two coordinates of one clock hand: can they turn at different
    speeds? Read the exponents of the two equations once more.
    """
    angle = _angles(length, torch.arange(width) / width)
    return _interleave(angle[:, 0::2].sin(), angle[:, 1::2].cos())


def turned(length, width):
    """Positions run along the columns.

    You return one row for each dimension. The embeddings that this is added to have one row for each position.
    """
    angle = _angles(length, _pairs(width))
    return _interleave(angle.sin(), angle.cos()).T.clone()


def counts_from_one(length, width):
    """Positions are counted from 1.

    Arrays begin at 0, and so do positions here. What is the sine of position 0?
    """
    angle = _angles(length, _pairs(width), first=1)
    return _interleave(angle.sin(), angle.cos())


def multiplied(length, width):
    """The position is multiplied where it should be divided.

    The hands should turn more and more slowly from pair to pair. Yours turn faster and faster: on which side of the
    fraction does 10000 stand?
    """
    angle = _angles(length, -_pairs(width))
    return _interleave(angle.sin(), angle.cos())


def base_e(length, width):
    """The base of the power is not 10000.

    Writing the power as an exponential is fine, but then the logarithm of the base belongs into the exponent.
    """
    angle = torch.arange(length)[:, None] * (-_pairs(width)).exp()
    return _interleave(angle.sin(), angle.cos())


def only_sines(length, width):
    """There are only sines.

    One coordinate does not say where a clock hand points: twenty past and ten to have the same height. What is the
    other?
    """
    angle = _angles(length, _pairs(width))
    return _interleave(angle.sin(), angle.sin())


SLIPS = (
    side_by_side,
    cosine_first,
    exponent_without_two,
    every_column_its_own,
    turned,
    counts_from_one,
    multiplied,
    base_e,
    only_sines,
)

EXERCISE = Exercise(
    id="transformer.positions",
    title="Sinusoidal positions",
    hour=7,
    position=3,
    minutes=4,
    difficulty=2,
    reference="labkit.nn.positions:sinusoidal",
    hidden=("labkit.nn.positions:frequencies",),  # without it, Rotary gives no angles either
    returns=("positions",),
    cases=cases,
    properties=(
        Property("shape", "one row for each position, one column for each dimension", 0.5, "shape"),
        Property("first", "position 0 is right", 0.25),
        Property("pair", "one pair, sine and cosine, is right", 0.75),
        Property("values", "all pairs turn at their own speed", 1.5),
    ),
    hints=(
        "Think of d/2 clock hands. The number of a pair, i, gives the speed of its hand; the position gives the time. "
        "Make a table of angles first: one row for each position, one column for each pair.",
        "`torch.arange` gives positions and even numbers alike. A column of positions, shape (length, 1), and a row of "
        "speeds, shape (width/2,), broadcast to the whole table.",
        "The sine of a hand stands in column 2i, its cosine right beside it in column 2i + 1. You can fill an empty "
        "tensor with steps of two, or stack the two along a new last axis and flatten.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    tolerance=2e-4,
)
