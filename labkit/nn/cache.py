"""Keys and values that a decoder has already computed.

Axes: b batch, h heads, s key positions, k width per head.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.nn.kinds import as_index


class KeyValueCache:
    """The keys and values of one attention layer, growing as positions are added."""

    def __init__(self):
        self.key: Float[Tensor, "b h s k"] | None = None
        self.value: Float[Tensor, "b h s k"] | None = None

    def __len__(self) -> int:
        """How many positions are held."""
        return 0 if self.key is None else self.key.shape[2]

    def extend(self, key: Float[Tensor, "b h n k"], value: Float[Tensor, "b h n k"]) -> tuple[Tensor, Tensor]:
        """Add n positions, and return all of them."""
        self.key = key if self.key is None else torch.cat([self.key, key], dim=2)
        self.value = value if self.value is None else torch.cat([self.value, value], dim=2)
        return self.key, self.value

    def select(self, rows: Int[Tensor, " n"]) -> None:
        """Keep these rows of the batch, in this order: what beam search does after each step."""
        rows = as_index(rows, "rows")
        if self.key is not None:
            self.key, self.value = self.key[rows], self.value[rows]
