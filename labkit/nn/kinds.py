"""Types and devices in one place: indices of any integer type, and new numbers like those that they will meet."""

from itertools import chain
from typing import Any

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn


def as_index(values: Shaped[Tensor, "*n"], what: str = "indices") -> Int[Tensor, "*n"]:
    """Return whole numbers of any integer type as int64, the only type that torch indexes with everywhere.

    (As an index, uint8 is a mask; int32 and int16 are refused by some functions.) An empty tensor may be of any type:
    `torch.tensor([])` is float. Raises TypeError for numbers that are not integers, and for booleans.
    """
    if values.dtype == torch.int64:
        return values
    whole = not (values.is_floating_point() or values.is_complex() or values.dtype == torch.bool)
    if not whole and values.numel():
        raise TypeError(f"{what} are integers, such as torch.int64, not {values.dtype}: convert them with .long()")
    return values.to(torch.int64)


def reaches_beyond(index: Int[Tensor, "*n"], size: int) -> bool:
    """Whether an index is below 0 or not below `size`; False on the meta device, where tensors have no values."""
    return bool(index.numel()) and not index.is_meta and bool(index.min() < 0 or index.max() >= size)


def like(module: nn.Module) -> dict[str, Any]:
    """Return `dtype` and `device` of a module's weights, to make tensors with that it can take; {} if it has none."""
    for values in chain(module.parameters(), module.buffers()):
        if values.is_floating_point():
            return {"dtype": values.dtype, "device": values.device}
    return {}


def drawn_on(draw: torch.Generator | None, x: Tensor) -> torch.device:
    """Return the device to draw random numbers on: the generator's own, or that of `x` without a generator."""
    return x.device if draw is None else draw.device


def normal_like(x: Float[Tensor, "..."], draw: torch.Generator | None = None) -> Float[Tensor, "..."]:
    """Return standard normal numbers with shape, type and device of `x`, drawn where the generator is."""
    return torch.randn(x.shape, generator=draw, dtype=x.dtype, device=drawn_on(draw, x)).to(x.device)


def uniform_like(x: Float[Tensor, "..."], draw: torch.Generator | None = None) -> Float[Tensor, "..."]:
    """Return numbers uniform in [0, 1) with shape, type and device of `x`, drawn where the generator is."""
    return torch.rand(x.shape, generator=draw, dtype=x.dtype, device=drawn_on(draw, x)).to(x.device)


def wide(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Return half precision (float16, bfloat16) as float32, to add many numbers up in; other types as they are."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
