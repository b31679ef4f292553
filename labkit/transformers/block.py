"""One block of a Transformer's encoder, as its two equations.

Axes: b batch, t positions, d model width, f hidden width of the feed-forward network.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from labkit.nn.attention import multi_head_attend


def pre_norm_block(
    x: Float[Tensor, "b t d"],
    w_q: Float[Tensor, "d d"],
    w_k: Float[Tensor, "d d"],
    w_v: Float[Tensor, "d d"],
    w_o: Float[Tensor, "d d"],
    w_1: Float[Tensor, "d f"],
    w_2: Float[Tensor, "f d"],
    heads: int,
) -> Float[Tensor, "b t d"]:
    r"""Self-attention, then a feed-forward network, each on normalized inputs and each added to what came in.

    $$a = x + \mathrm{Attention}(\mathrm{LayerNorm}(x)), \qquad y = a + \max(0, \mathrm{LayerNorm}(a)\, W_1)\, W_2$$

    Without biases, and without the norms' learned scale and shift; `labkit.nn.blocks.EncoderBlock` has them.
    Raises ValueError where `heads` does not divide d. Xiong et al. 2020, table 1, https://arxiv.org/abs/2002.04745
    """
    y = F.layer_norm(x, x.shape[-1:])
    a = x + multi_head_attend(y @ w_q, y @ w_k, y @ w_v, heads) @ w_o
    return a + F.relu(F.layer_norm(a, a.shape[-1:]) @ w_1) @ w_2
