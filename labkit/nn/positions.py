"""Where a token stands, told to a model that cannot see order.

Axes: b batch, t positions, d model width, k width per head.
"""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn


def frequencies(width: int, base: float = 10_000.0) -> Float[Tensor, " half"]:
    r"""$\omega_i = \mathrm{base}^{-2i/\mathrm{width}}$ for each pair of dimensions, in radians per position."""
    if width % 2:
        raise ValueError(f"positions pair the dimensions up, so the width must be even, not {width}")
    return base ** -(torch.arange(0, width, 2, dtype=torch.float64) / width)


def sinusoidal(length: int, width: int) -> Float[Tensor, "length width"]:
    r"""Each position as a set of clock hands, from fast to slow.

    $$PE_{p, 2i} = \sin(p / 10000^{2i/d}), \qquad PE_{p, 2i+1} = \cos(p / 10000^{2i/d})$$

    Raises ValueError for an odd width. Vaswani et al. 2017, section 3.5, https://arxiv.org/abs/1706.03762
    """
    angle = torch.arange(length, dtype=torch.float64)[:, None] * frequencies(width)  # length half
    pairs = torch.stack([angle.sin(), angle.cos()], dim=-1)  # length half 2
    return rearrange(pairs, "t i two -> t (i two)").to(torch.get_default_dtype())


class SinusoidalPositions(nn.Module):
    """Adds `sinusoidal` to the embeddings. Nothing to learn, and defined for every position up to `length`.

    Vaswani et al. 2017, section 3.5, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, width: int, length: int = 1024):
        super().__init__()
        self.register_buffer("table", sinusoidal(length, width), persistent=False)  # length d

    def forward(self, x: Float[Tensor, "b t d"], start: int = 0) -> Float[Tensor, "b t d"]:
        """Raises ValueError beyond `length`."""
        return x + _rows(self.table, start, x.shape[1])


class LearnedPositions(nn.Module):
    """Adds a learned vector for each position; positions beyond `length` have none.

    Gehring et al. 2017, section 3.1, https://arxiv.org/abs/1705.03122
    """

    def __init__(self, width: int, length: int = 1024):
        super().__init__()
        self.table = nn.Parameter(torch.randn(length, width) * 0.02)  # length d

    def forward(self, x: Float[Tensor, "b t d"], start: int = 0) -> Float[Tensor, "b t d"]:
        """Raises ValueError beyond `length`."""
        return x + _rows(self.table, start, x.shape[1])


class Rotary(nn.Module):
    r"""Turns each pair of dimensions of a query or key by an angle that grows with its position.

    A pair, read as a complex number, becomes $z_i e^{\mathrm{i} p \omega_i}$, so a score depends on the distance of
    query and key alone. Acts inside attention; adds nothing to the embeddings.
    Raises ValueError for an odd width. Su et al. 2021, section 3.2.2, https://arxiv.org/abs/2104.09864
    """

    def __init__(self, width: int, length: int = 1024):
        super().__init__()
        angle = torch.arange(length, dtype=torch.float64)[:, None] * frequencies(width)  # length half
        self.register_buffer("cos", angle.cos().to(torch.get_default_dtype()), persistent=False)
        self.register_buffer("sin", angle.sin().to(torch.get_default_dtype()), persistent=False)

    def forward(self, x: Float[Tensor, "*b t k"], start: int = 0) -> Float[Tensor, "*b t k"]:
        """Queries or keys at positions start, start + 1, ... Raises ValueError beyond `length`."""
        cos, sin = _rows(self.cos, start, x.shape[-2]), _rows(self.sin, start, x.shape[-2])  # t half
        a, b = x[..., 0::2], x[..., 1::2]  # *b t half
        turned = torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1)  # *b t half 2
        return turned.flatten(start_dim=-2)


def _rows(table: Tensor, start: int, count: int) -> Tensor:
    if start + count > len(table):
        raise ValueError(
            f"positions up to {start + count} asked for, but the table ends at {len(table)}: give `length`"
        )
    return table[start : start + count]
