"""Small pictures of one shape whose every factor is known: shape, scale, rotation, x and y.

Made in the manner of dSprites (Matthey et al. 2017), smaller. Axes: n pictures, f factors, y and x rows and columns.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

FACTORS = ("shape", "scale", "rotation", "x", "y")
SIZES = (3, 4, 8, 12, 12)  # how many values each factor takes
SHAPES = ("triangle", "bar", "heart")  # none looks the same after less than a third of a turn; the bar after half


@dataclass(frozen=True)
class Shapes:
    """Pictures with pixels between 0 and 1, and the number of each factor's value."""

    images: Float[Tensor, "n y x"]
    factors: Int[Tensor, "n f"]


def shapes(count: int, side: int = 28, seed: int = 0, sizes: tuple[int, ...] = SIZES) -> Shapes:
    """Draw `count` pictures with all factors independent and even. `sizes` of 1 hold a factor still."""
    draw = torch.Generator().manual_seed(seed)
    factors = torch.stack([torch.randint(size, (count,), generator=draw) for size in sizes], dim=1)
    return Shapes(render(factors, side, sizes), factors)


def render(
    factors: Int[Tensor, "n f"], side: int = 28, sizes: tuple[int, ...] = SIZES, smooth: float = 1.0
) -> Float[Tensor, "n y x"]:
    """The pictures with these factors. An edge fades over `smooth` pixels. Raises ValueError for a value out of range.

    A triangle turns by a third of a turn at most, a bar by a half, a heart by a whole one, so that no two values of
    the rotation look alike.
    """
    limits = torch.tensor(sizes)
    if factors.shape[1] != len(FACTORS) or (factors < 0).any() or (factors >= limits).any():
        raise ValueError(f"factors are rows of {FACTORS}, whole numbers from 0 to below {sizes}")
    shape, scale, rotation, x, y = factors.T
    symmetric = torch.tensor([3, 2, 1])[shape % 3]
    angle = 2 * math.pi * rotation / sizes[2] / symmetric
    size = 0.24 + 0.2 * _spread(scale, sizes[1])  # of half the picture
    center = [0.5 * (2 * _spread(place, many) - 1) for place, many in ((x, sizes[3]), (y, sizes[4]))]
    ticks = (2 * torch.arange(side) + 1) / side - 1  # centers of pixels, from -1 to 1
    across, down = (ticks[None, None, :] - center[0][:, None, None], ticks[None, :, None] - center[1][:, None, None])
    cosine, sine = (f(angle)[:, None, None] for f in (torch.cos, torch.sin))
    u, v = cosine * across + sine * down, cosine * down - sine * across
    distance = _distance(shape, u / size[:, None, None], v / size[:, None, None]) * size[:, None, None]
    return (0.5 - distance * side / (2 * smooth)).clamp(0, 1)  # a pixel is 2 / side wide


def _spread(value: Int[Tensor, " n"], many: int) -> Float[Tensor, " n"]:
    """Values from 0 to `many` - 1 as numbers from 0 to 1; a factor that is held still stands in the middle."""
    return value / (many - 1) if many > 1 else torch.full(value.shape, 0.5)


def _distance(shape: Int[Tensor, " n"], u: Float[Tensor, "n y x"], v: Float[Tensor, "n y x"]) -> Float[Tensor, "n y x"]:
    """About how far each point is outside of a shape of size 1, negative inside."""
    half = math.sqrt(3) / 2
    triangle = torch.maximum(v, half * u.abs() - 0.5 * v) - 0.5
    bar = torch.maximum(u.abs() - 0.95, v.abs() - 0.4)
    lobe = torch.hypot(u.abs() - 0.42, v + 0.35) - 0.5
    tip = torch.maximum((u.abs() + v) / math.sqrt(2) - 0.55, -v - 0.08)  # the wedge below the lobes
    heart = torch.minimum(lobe, tip)
    return torch.where((shape == 0)[:, None, None], triangle, torch.where((shape == 1)[:, None, None], bar, heart))
