"""How much noise: one number for a whole batch, or one for each example.

Axes: n examples, d whatever an example is made of.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Level = float | Float[Tensor, "*n"]


def across(level: Level, x: Float[Tensor, "n ..."]) -> Float[Tensor, "*column"]:
    """A level with axes of size 1 behind it, so that it multiplies each example of `x` by its own.

    Raises ValueError unless it is one number or one for each example.
    """
    value = torch.as_tensor(level, device=x.device)
    value = value.to(x.dtype)
    if value.ndim == 0:
        return value.reshape([1] * x.ndim)
    if value.shape != x.shape[:1]:
        raise ValueError(f"a noise level is one number or {len(x)}, one for each example, not {tuple(value.shape)}")
    return value.reshape(-1, *[1] * (x.ndim - 1))


def numbers(t: Level) -> Float[Tensor, "*n"]:
    """A time as a tensor; a Python number in float64, which as a single number changes no other tensor's type."""
    return t if isinstance(t, Tensor) else torch.tensor(float(t), dtype=torch.float64)
