"""Attention that goes on: new positions look at themselves and at all that came before, which is not computed again.

Axes: b batch, h heads, s positions in the cache, n new positions, k width per head, v width of a value.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.nn.attention import attend
from labkit.nn.masks import causal_mask


def attend_cached(
    query: Float[Tensor, "*b n k"],
    key: Float[Tensor, "*b n k"],
    value: Float[Tensor, "*b n v"],
    past_key: Float[Tensor, "*b s k"] | None = None,
    past_value: Float[Tensor, "*b s v"] | None = None,
) -> tuple[Float[Tensor, "*b n v"], Float[Tensor, "*b all k"], Float[Tensor, "*b all v"]]:
    r"""Causal attention of n new positions: what each reads, and all keys and values, for the next call.

    $$\mathrm{read}_i = \mathrm{softmax}\big(q_i [K_{\mathrm{past}}; K]_{\le s + i}^\top / \sqrt{k}\big)
    [V_{\mathrm{past}}; V]_{\le s + i}$$

    New position i is position s + i of the text. Without a past, this is causal attention. What was read before does
    not depend on what comes after, so keys and values can be kept: the next token costs one row, not a square.
    Shazeer 2019, https://arxiv.org/abs/1911.02150; Pope et al. 2022, https://arxiv.org/abs/2211.05102
    """
    if past_key is not None:
        key, value = torch.cat([past_key, key], dim=-2), torch.cat([past_value, value], dim=-2)
    new, everything = query.shape[-2], key.shape[-2]
    mask = causal_mask(new, query.device, everything - new) if new > 1 else None  # the last may see all
    return attend(query, key, value, mask)[0], key, value
