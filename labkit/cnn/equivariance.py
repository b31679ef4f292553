"""Pictures moved, and what a layer makes of the move.

Axes: b batch, c channels, h w rows and columns; f features.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def shifted(x: Float[Tensor, "b c h w"], down: int = 0, right: int = 0) -> Float[Tensor, "b c h w"]:
    """The pictures moved by whole pixels; what leaves the frame is gone, what comes in is zero."""
    moved, (height, width) = torch.zeros_like(x), x.shape[2:]
    if abs(down) >= height or abs(right) >= width:
        return moved
    top, left = max(down, 0), max(right, 0)
    bottom, edge = height + min(down, 0), width + min(right, 0)
    moved[:, :, top:bottom, left:edge] = x[:, :, top - down : bottom - down, left - right : edge - right]
    return moved


def equivariance_error(
    layer: Callable[[Tensor], Tensor],
    x: Float[Tensor, "b c h w"],
    down: int = 0,
    right: int = 0,
    jump: int = 1,
    border: int = 0,
) -> float:
    r"""How far a layer is from commuting with a shift: 0 if moving the picture moves the maps, and nothing else.

    $$\frac{\lVert f(Tx) - Tf(x) \rVert}{\lVert f(x) \rVert}$$

    with $T$ the shift. `jump` is the layer's stride, by which the maps move less far; `border` units at each edge,
    where the frame is seen, are left out. Raises ValueError where the shift is no multiple of the jump, or all is
    border. Cohen and Welling 2016, eq. 1, https://arxiv.org/abs/1602.07576
    """
    if down % jump or right % jump:
        raise ValueError(f"a shift by ({down}, {right}) does not move maps of jump {jump} by whole units")
    before, after = layer(x), layer(shifted(x, down, right))
    height, width = before.shape[2:]
    if 2 * border >= min(height, width):
        raise ValueError(f"maps of {height} x {width} have nothing left inside of a border of {border}")
    inside = (..., slice(border, height - border), slice(border, width - border))
    wanted = shifted(before, down // jump, right // jump)
    return ((after - wanted)[inside].norm() / before[inside].norm()).item()


def invariance_error(layer: Callable[[Tensor], Tensor], x: Float[Tensor, "b c h w"], down: int, right: int) -> float:
    r"""How much of the output changes when the picture moves: $\lVert f(Tx) - f(x) \rVert / \lVert f(x) \rVert$."""
    before = layer(x)
    return ((layer(shifted(x, down, right)) - before).norm() / before.norm()).item()
