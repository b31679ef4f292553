"""Who may look where. True means: may look.

Axes: b batch, t positions, s key positions.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def causal_mask(length: int, device: torch.device | str | None = None, past: int = 0) -> Bool[Tensor, "length all"]:
    """Position t may look at itself and at what came before it, and at `past` positions before the first."""
    return torch.ones(length, past + length, dtype=torch.bool, device=device).tril(past)


def padding_mask(tokens: Int[Tensor, "b s"], padding: int = 0) -> Bool[Tensor, "b 1 s"]:
    """Everyone may look at every token but the padding."""
    return (tokens != padding)[:, None]
