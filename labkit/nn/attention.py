"""Attention, the part that every Transformer of the course is built from.

Axes: b batch, t query positions, s key positions, h heads, k width per head, v width of a value, d model width.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor, nn

from labkit.nn.cache import KeyValueCache
from labkit.nn.positions import Rotary


def attend(
    query: Float[Tensor, "*b t k"],
    key: Float[Tensor, "*b s k"],
    value: Float[Tensor, "*b s v"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*b t v"], Float[Tensor, "*b t s"]]:
    r"""Each query reads a weighted mean of the values; its weights say how well each key answers it.

    $$\mathrm{softmax}\big(Q K^\top / \sqrt{k}\big) V$$

    `mask` broadcasts to the weights and is True where a query may look. A query that may look nowhere reads zeros.
    Returns what was read and the weights. Vaswani et al. 2017, eq. 1, https://arxiv.org/abs/1706.03762
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # *b t s
    if mask is None:
        weights = scores.softmax(dim=-1)
    else:
        weights = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
        weights = weights.masked_fill(~mask, 0.0)  # a row without any key is 0/0 above, and nothing here
    return weights @ value, weights


def split_heads(x: Float[Tensor, "b t d"], heads: int) -> Float[Tensor, "b h t k"]:
    """Cut the width into `heads` slices of equal size, and give each slice an axis of its own."""
    if x.shape[-1] % heads:
        raise ValueError(f"a width of {x.shape[-1]} does not divide into {heads} heads")
    return rearrange(x, "b t (h k) -> b h t k", h=heads)


def merge_heads(x: Float[Tensor, "b h t k"]) -> Float[Tensor, "b t d"]:
    """Lay the heads side by side again: the inverse of `split_heads`."""
    return rearrange(x, "b h t k -> b t (h k)")


def multi_head_attend(
    query: Float[Tensor, "b t d"],
    key: Float[Tensor, "b s d"],
    value: Float[Tensor, "b s d"],
    heads: int,
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "b t d"]:
    """Attention in several slices of the width at once, each with its own weights.

    `mask` is True where a query may look, and broadcasts to `b h t s`.
    Vaswani et al. 2017, section 3.2.2, https://arxiv.org/abs/1706.03762
    """
    read, _ = attend(split_heads(query, heads), split_heads(key, heads), split_heads(value, heads), mask)
    return merge_heads(read)


@dataclass
class Seen:
    """What one attention layer looked at: `weights`, and the `mask` it was given (None where all was in sight)."""

    weights: Float[Tensor, "b h t s"]
    mask: Bool[Tensor, "..."] | None


class MultiHeadAttention(nn.Module):
    r"""Every position reads from every other position, once per head.

    $$\mathrm{softmax}\big(Q_i K_i^\top / \sqrt{k}\big) V_i, \quad i = 1 \ldots h$$

    with $Q$, $K$, $V$ and the result each through a linear map of their own. `rotary` turns queries and keys by their
    position. Raises ValueError where `heads` does not divide `width`.
    Vaswani et al. 2017, section 3.2.2, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, width: int, heads: int, rotary: Rotary | None = None):
        super().__init__()
        if width % heads:
            raise ValueError(f"a width of {width} does not divide into {heads} heads: choose a multiple of {heads}")
        self.width, self.heads, self.rotary = width, heads, rotary
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.seen: list[Seen] | None = None  # a list while somebody watches: the fused kernel never forms the weights

    def forward(
        self,
        x: Float[Tensor, "b t d"],
        context: Float[Tensor, "b s d"] | None = None,
        mask: Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> Float[Tensor, "b t d"]:
        """Self-attention, or cross-attention if `context` is given.

        `mask` is boolean, True where a query may look, of shape `t s`, or `b t s` where b or t may be 1. A query that
        may look nowhere reads zeros. With a `cache`, `x` holds the new positions only.
        Raises TypeError for a mask that is not boolean, ValueError for shapes that do not fit.
        """
        q = split_heads(self.query(self._fits(x)), self.heads)
        k, v, start = self._keys_and_values(x, context, cache)
        if self.rotary is not None:
            q = self.rotary(q, start)
        mask = as_attention_mask(mask, q, k)

        if self.seen is None:
            read = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # b h t k
        else:
            read, weights = attend(q, k, v, mask)
            self.seen.append(Seen(weights, mask))
        return self.out(merge_heads(read))

    def _keys_and_values(self, x: Tensor, context: Tensor | None, cache: KeyValueCache | None):
        """Keys, values and the position at which `x` starts: fresh ones, joined to those in the cache."""
        if context is not None and cache is not None and len(cache):
            return cache.key, cache.value, 0  # what is read from does not change while we write
        source = x if context is None else self._fits(context)
        k, v = split_heads(self.key(source), self.heads), split_heads(self.value(source), self.heads)
        start = 0 if cache is None else len(cache)
        if self.rotary is not None:
            k = self.rotary(k, start)
        if cache is not None:
            k, v = cache.extend(k, v)
        return k, v, start

    def _fits(self, x: Tensor) -> Tensor:
        if x.ndim != 3 or x.shape[-1] != self.width:
            raise ValueError(
                f"attention of width {self.width} takes (batch, positions, {self.width}), not {(*x.shape,)}"
            )
        return x


def as_attention_mask(mask: Tensor | None, query: Tensor, key: Tensor) -> Bool[Tensor, "..."] | None:
    """Check a mask against queries `b h t k` and keys `b h s k`, and give it an axis for the heads."""
    if mask is None:
        return None
    (b, _, t, _), s = query.shape, key.shape[2]
    if mask.dtype != torch.bool:
        raise TypeError(
            f"a mask is boolean, True where a query may look, not {mask.dtype}: compare to make one, as in `mask == 0`"
        )
    if mask.ndim not in (2, 3) or mask.shape[-1] != s or mask.shape[-2] not in (1, t):
        raise ValueError(
            f"a mask for {t} queries and {s} keys has shape ({t}, {s}) or (b, {t}, {s}), not {(*mask.shape,)}"
        )
    if mask.ndim == 3 and mask.shape[0] not in (1, b):
        raise ValueError(f"a mask for a batch of {b} has {b} rows or 1, not {mask.shape[0]}")
    return mask[:, None] if mask.ndim == 3 else mask


@contextmanager
def watch(model: nn.Module) -> Iterator[dict[str, list[Seen]]]:
    """Within this context, every attention layer of `model` notes what it looks at.

    Gives a dict from the layer's name to what it saw, one entry a call, in order: for example
    `seen["encoder.blocks.0.attention"][-1].weights`. Works for every model built from `MultiHeadAttention`. The outputs
    stay the same to rounding, and gradients flow through the weights.
    Raises ValueError for a model without such a layer.
    """
    layers = {name: module for name, module in model.named_modules() if isinstance(module, MultiHeadAttention)}
    if not layers:
        raise ValueError(f"{type(model).__name__} has no MultiHeadAttention layer to watch")
    before = {name: layer.seen for name, layer in layers.items()}
    try:
        for layer in layers.values():
            layer.seen = []
        yield {name: layer.seen for name, layer in layers.items()}
    finally:
        for name, layer in layers.items():
            layer.seen = before[name]
