"""Sequences generated from a seed, to try memories on: adding, copying, echoes, mixtures of sines.

Axes: n sequences, t time steps, m marked or remembered tokens, w waves.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor


def adding_problem(count: int, length: int, seed: int = 0) -> tuple[Float[Tensor, "n t 2"], Float[Tensor, " n"]]:
    """Numbers between 0 and 1 with two of them marked, one in each half; the target is the sum of these two.

    The first feature is the number, the second is 1 where it is marked. Raises ValueError for less than two steps.
    Hochreiter and Schmidhuber 1997, section 5.4, https://doi.org/10.1162/neco.1997.9.8.1735
    """
    if length < 2:
        raise ValueError(f"two numbers to add need two steps at least, not {length}")
    draw = torch.Generator().manual_seed(seed)
    numbers, marks = torch.rand(count, length, generator=draw), torch.zeros(count, length)
    half = length // 2
    for low, high in ((0, half), (half, length)):
        marks.scatter_(1, torch.randint(low, high, (count, 1), generator=draw), 1.0)
    return torch.stack([numbers, marks], dim=-1), (numbers * marks).sum(dim=1)


def copying(
    count: int, remembered: int, delay: int, symbols: int = 8, seed: int = 0
) -> tuple[Int[Tensor, "n t"], Int[Tensor, "n t"]]:
    """Symbols to remember, then a pause, then a signal: from there on the symbols are to be said again, in order.

    Tokens: 0 is the blank, 1 the signal, symbols from 2 up. The inputs are `remembered` symbols, `delay` blanks, the
    signal and blanks; the targets are blanks but for the last `remembered` steps.
    Raises ValueError for nothing to remember or a negative delay.
    Arjovsky et al. 2016, section 4.1, https://arxiv.org/abs/1511.06464, after Hochreiter and Schmidhuber 1997
    """
    if remembered < 1 or delay < 0:
        raise ValueError(f"at least one symbol is remembered, over 0 steps or more: not {remembered} over {delay}")
    draw = torch.Generator().manual_seed(seed)
    said = torch.randint(2, 2 + symbols, (count, remembered), generator=draw)
    inputs = torch.zeros(count, remembered + delay + remembered, dtype=torch.int64)
    targets = inputs.clone()
    inputs[:, :remembered], targets[:, -remembered:] = said, said
    inputs[:, remembered + delay] = 1
    return inputs, targets


def echo(
    count: int, length: int, delay: int, symbols: int = 2, seed: int = 0
) -> tuple[Int[Tensor, "n t"], Int[Tensor, "n t"]]:
    """Streams of random symbols, and the same streams `delay` steps later; what came before the beginning is 0.

    Raises ValueError for a negative delay.
    """
    if delay < 0:
        raise ValueError(f"an echo comes after 0 steps or more, not {delay}")
    draw = torch.Generator().manual_seed(seed)
    inputs = torch.randint(symbols, (count, length), generator=draw)
    return inputs, torch.nn.functional.pad(inputs, (delay, 0))[:, :length]


def sine_mixtures(
    count: int,
    length: int,
    waves: int = 2,
    periods: tuple[float, float] = (5.0, 40.0),
    noise: float = 0.0,
    seed: int = 0,
    same: bool = False,
) -> Float[Tensor, "n t"]:
    """Sums of `waves` sines of random periods (in steps, spread evenly in frequency), phases and sizes, and noise.

    With `same` all sequences share the periods, and differ in phases and sizes. Noise is normal, of that deviation.
    Raises ValueError for no wave, or periods that are not 2 < shortest <= longest.
    """
    shortest, longest = periods
    if waves < 1 or not 2 < shortest <= longest:
        raise ValueError(f"one wave at least, with periods 2 < shortest <= longest, not {waves} wave(s) of {periods}")
    draw = torch.Generator().manual_seed(seed)
    low, high = 2 * math.pi / longest, 2 * math.pi / shortest
    speed = low + (high - low) * torch.rand(1 if same else count, waves, 1, generator=draw)  # n w 1, in radians a step
    phase = 2 * math.pi * torch.rand(count, waves, 1, generator=draw)
    size = 0.5 + 0.5 * torch.rand(count, waves, 1, generator=draw)
    clean = (size * torch.sin(speed * torch.arange(length) + phase)).sum(dim=1)
    return clean + noise * torch.randn(count, length, generator=draw)
