"""Masks for the exercises of attention that are not yet written with `Draw`."""

import torch


def random_mask(shape: tuple[int, ...], draw: torch.Generator) -> torch.Tensor:
    """Every query may look at something, and not at everything."""
    while True:
        mask = torch.rand(shape, generator=draw) < 0.6
        if (mask.any(dim=-1) & ~mask.all(dim=-1)).all():
            return mask
