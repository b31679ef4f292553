"""Shapes filled with textures, to see whether a network goes by the outline or by what is inside.

Axes: n pictures, h w rows and columns.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

SHAPES = ("disk", "square", "triangle", "cross")
TEXTURES = ("rows", "columns", "checks", "diagonals")


@dataclass
class Patterns:
    """Pictures from 0 to 1, and the number of the shape (in SHAPES) and of the texture (in TEXTURES) of each."""

    pictures: Float[Tensor, "n 1 h w"]
    shapes: Int[Tensor, " n"]
    textures: Int[Tensor, " n"]


def patterns(count: int, agree: bool = True, size: int = 28, seed: int = 0) -> Patterns:
    """Return `count` shapes at random places and sizes, each filled with a texture, on a noisy gray ground.

    Where they `agree`, every shape has the texture of its own number, so that both tell the class; else every shape has
    another's texture (a cue conflict). Raises ValueError for pictures too small to see a texture in.
    Geirhos et al. 2019, https://arxiv.org/abs/1811.12231
    """
    if size < 20:
        raise ValueError(f"textures need at least 20 pixels, not {size}")
    draw = torch.Generator().manual_seed(seed)
    shapes = torch.randint(len(SHAPES), (count,), generator=draw)
    other = torch.randint(1, len(TEXTURES), (count,), generator=draw)
    textures = shapes if agree else (shapes + other) % len(TEXTURES)
    radius = size * (0.28 + 0.1 * torch.rand(count, generator=draw))[:, None, None]
    middle = size / 2 + size * 0.08 * (2 * torch.rand(2, count, 1, 1, generator=draw) - 1)
    axis = torch.arange(size) + 0.5
    y, x = (axis[:, None] - middle[0]) / radius, (axis[None, :] - middle[1]) / radius  # n h 1, n 1 w
    inside = _outlines(y, x)[shapes, torch.arange(count)]
    phase = torch.randint(4, (2, count, 1, 1), generator=draw)
    filled = _fillings(torch.arange(size), phase)[textures, torch.arange(count)]
    ground = 0.35 + 0.1 * torch.rand(count, size, size, generator=draw)
    return Patterns(torch.where(inside, filled.float(), ground)[:, None], shapes, textures)


def _outlines(y: Float[Tensor, "n h 1"], x: Float[Tensor, "n 1 w"]) -> Bool[Tensor, "shapes n h w"]:
    """Where each shape is, in units of its radius; all of about the same area."""
    disk = y**2 + x**2 < 1
    square = (y.abs() < 0.886) & (x.abs() < 0.886)
    triangle = (y < 0.9) & (x.abs() < 0.75 * (y + 1.2))
    cross = ((y.abs() < 0.42) & (x.abs() < 1.15)) | ((x.abs() < 0.42) & (y.abs() < 1.15))
    return torch.stack([disk, square, triangle, cross])


def _fillings(axis: Int[Tensor, " h"], phase: Int[Tensor, "2 n 1 1"]) -> Bool[Tensor, "textures n h w"]:
    """Bright and dark by turns, two pixels each."""
    y, x = axis[:, None] + phase[0], axis[None, :] + phase[1]  # n h 1, n 1 w
    rows, columns = (y // 2 % 2 == 0).expand(-1, -1, len(axis)), (x // 2 % 2 == 0).expand(-1, len(axis), -1)
    return torch.stack([rows, columns, rows ^ columns, (y + x) // 2 % 2 == 0])
