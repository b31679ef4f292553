"""What goes wrong in a table of positions: each function is wrong in one thing, which its docstring names."""

import torch
from einops import rearrange


def _angles(length, exponent, first=0):
    """Positions as rows, divided by 10000 to the power of each exponent."""
    return torch.arange(first, first + length)[:, None] / 10_000.0**exponent


def _pairs(width):
    return torch.arange(0, width, 2) / width


def _interleave(even, odd):
    return rearrange(torch.stack([even, odd], dim=-1), "t i two -> t (i two)")


def side_by_side(length, width):
    """All sines come first, then all cosines.

    The numbers are right, in another order. According to the equations, which column holds the cosine that belongs to
    column 0? (Some libraries do it your way. The paper, and this exercise, keep each pair together.)
    """
    angle = _angles(length, _pairs(width))
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


def cosine_first(length, width):
    """Sine and cosine have changed places.

    At position 0 every angle is 0. Which columns should then hold 0, and which 1?
    """
    angle = _angles(length, _pairs(width))
    return _interleave(angle.cos(), angle.sin())


def exponent_without_two(length, width):
    """The exponent is i/d, not 2i/d.

    The first pair is right, and all later pairs turn too fast. i counts pairs, and there are d/2 of them: to which
    exponent should the last pair come close?
    """
    angle = _angles(length, _pairs(width) / 2)
    return _interleave(angle.sin(), angle.cos())


def doubled_twice(length, width):
    """The exponent is doubled twice.

    The first pair is right, and all later pairs turn too slowly. Steps of two, 0, 2, 4, ..., already are 2i. Is there
    another factor of 2 in your exponent?
    """
    angle = _angles(length, 2 * _pairs(width))
    return _interleave(angle.sin(), angle.cos())


def last_pair_turns_at_the_base(length, width):
    """The exponents run up to 1.

    Your exponents are spread from 0 to 1, both ends included, as in the first published code. In the equation, the last
    pair has i = d/2 - 1: what is its exponent?
    """
    angle = _angles(length, torch.arange(width // 2) / max(width // 2 - 1, 1))
    return _interleave(angle.sin(), angle.cos())


def every_column_its_own(length, width):
    """Every column has a frequency of its own.

    The sines are right. A sine and its cosine belong to the same clock hand, so they have the same frequency. Read the
    exponents of the two equations again.
    """
    angle = _angles(length, torch.arange(width) / width)
    return _interleave(angle[:, 0::2].sin(), angle[:, 1::2].cos())


def turned(length, width):
    """Positions run along the columns.

    You return one row for each dimension. The embeddings that the table is added to have one row for each position.
    """
    angle = _angles(length, _pairs(width))
    return _interleave(angle.sin(), angle.cos()).T.clone()


def counts_from_one(length, width):
    """Positions are counted from 1.

    Positions start at 0. What is the sine of position 0?
    """
    angle = _angles(length, _pairs(width), first=1)
    return _interleave(angle.sin(), angle.cos())


def multiplied(length, width):
    """The position is multiplied where it should be divided.

    The frequency should fall from pair to pair, and yours rises. On which side of the fraction does 10000 stand?
    """
    angle = _angles(length, -_pairs(width))
    return _interleave(angle.sin(), angle.cos())


def base_e(length, width):
    """The base of the power is not 10000.

    You may write the power as an exponential, but then the exponent needs the logarithm of 10000 as a factor.
    """
    angle = torch.arange(length)[:, None] * (-_pairs(width)).exp()
    return _interleave(angle.sin(), angle.cos())


def only_sines(length, width):
    """There are only sines.

    One coordinate does not say where a clock hand points: two directions have the same height. What is the other
    coordinate?
    """
    angle = _angles(length, _pairs(width))
    return _interleave(angle.sin(), angle.sin())


def one_frequency(length, width):
    """All pairs have the same frequency.

    The first pair is right, and all others equal it. Which part of the exponent changes from pair to pair?
    """
    angle = _angles(length, torch.zeros(width // 2))
    return _interleave(angle.sin(), angle.cos())
