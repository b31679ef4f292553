"""Minibatches of data in memory.

Axes: n rows.
"""

from collections.abc import Iterator

import torch
from torch import Tensor


def minibatches(size: int, *tensors: Tensor, seed: int = 0) -> Iterator[tuple[Tensor, ...]]:
    """Yield batches of `size` rows of all tensors for ever, reshuffled every epoch by a generator seeded with `seed`.

    The last batch of an epoch is smaller if `size` does not divide the number of rows. The rows stay on their device.
    Raises ValueError for tensors of different lengths, without rows, or for a size below 1.
    """
    lengths = {len(tensor) for tensor in tensors}
    if len(lengths) != 1 or not next(iter(lengths)):
        raise ValueError(f"minibatches takes tensors with the same number of rows, at least one: not {lengths}")
    if size < 1:
        raise ValueError(f"a batch has at least one row, not {size}")
    return _epochs(size, tensors, torch.Generator().manual_seed(seed))


def _epochs(size: int, tensors: tuple[Tensor, ...], draw: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
    while True:
        for rows in torch.randperm(len(tensors[0]), generator=draw).split(size):
            yield tuple(tensor[rows.to(tensor.device)] for tensor in tensors)
