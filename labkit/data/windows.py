"""Windows on a long row of tokens: what a language model is trained on, and scored on.

Axes: n tokens of the row, b windows, t positions.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Int
from torch import Tensor


def random_windows(
    row: Int[Tensor, " n"],
    length: int,
    size: int,
    generator: torch.Generator,
    device: torch.device | str = "cpu",
) -> Iterator[Int[Tensor, "b t"]]:
    """Batches of `size` windows from random places, without end. Raises ValueError for a row shorter than a window."""
    if len(row) < length:
        raise ValueError(f"a window of {length} does not fit into a row of {len(row)} tokens")
    windows = row.unfold(0, length, 1)
    while True:
        rows = torch.randint(len(windows), (size,), generator=generator, device=generator.device)
        yield windows[rows.to(row.device)].to(device)
