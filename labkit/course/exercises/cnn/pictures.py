"""Small pictures for cases: whole numbers where a learner may want to check by hand."""

import torch


def whole(shape: tuple[int, ...], draw: torch.Generator) -> torch.Tensor:
    """Whole numbers around zero, no two alike where they are few."""
    count = torch.Size(shape).numel()
    return (torch.randperm(count, generator=draw) - count // 2).float().view(shape)


def small_weights(shape: tuple[int, ...], draw: torch.Generator) -> torch.Tensor:
    """Whole numbers from -3 to 3; a filter is never the same when it is turned around."""
    weight = torch.randint(-3, 4, shape, generator=draw).float()
    weight[..., 0, 0], weight[..., -1, -1] = 1.0, -2.0
    return weight
