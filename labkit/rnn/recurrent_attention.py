"""Attention as it began: a score for how well a query fits each place that was read.

Axes: b batch, s source positions, t target positions, d width, q width of a query, k width of a key,
a width in between.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


def read_from(
    scores: Float[Tensor, "b t s"], values: Float[Tensor, "b s k"], mask: Tensor | None = None
) -> tuple[Float[Tensor, "b t k"], Float[Tensor, "b t s"]]:
    """The mean of the values weighted by the softmax of the scores, and the weights.

    `mask` is True where a query may look, and broadcasts to `b t s`. A query that may look nowhere reads zeros.
    Raises TypeError for a mask that is not boolean.
    """
    if mask is None:
        weights = scores.softmax(dim=-1)
    elif mask.dtype != torch.bool:
        raise TypeError(f"a mask is boolean, True where a query may look, not {mask.dtype}: compare to make one")
    else:
        weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1).masked_fill(~mask, 0.0)
    return weights @ values, weights


def additive_attention(
    query: Float[Tensor, "b t q"],
    keys: Float[Tensor, "b s k"],
    query_weight: Float[Tensor, "a q"],
    key_weight: Float[Tensor, "a k"],
    score_weight: Float[Tensor, " a"],
    mask: Tensor | None = None,
) -> tuple[Float[Tensor, "b t k"], Float[Tensor, "b t s"]]:
    r"""Each query reads a weighted mean of the keys; a small network says how well a key fits a query.

    $$e_{ij} = v^\top \tanh(W q_i + U k_j), \quad \alpha_i = \mathrm{softmax}(e_i), \quad
    c_i = \sum_j \alpha_{ij} k_j$$

    `mask` is True where a query may look. Returns what was read and the weights.
    Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473
    """
    asked, offered = F.linear(query, query_weight), F.linear(keys, key_weight)
    scores = (asked[:, :, None] + offered[:, None]).tanh() @ score_weight  # b t s
    return read_from(scores, keys, mask)


class AdditiveScore(nn.Module):
    r"""$v^\top \tanh(W q + U k)$, a network with one hidden layer.

    Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473 (Luong et al. 2015 call it concat)
    """

    def __init__(self, width: int):
        super().__init__()
        self.query, self.key = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.weight = nn.Parameter(torch.empty(width).uniform_(-(width**-0.5), width**-0.5))

    def offer(self, keys: Float[Tensor, "b s k"]) -> Float[Tensor, "b s a"]:
        """The keys' share of the hidden layer: the same for every query."""
        return self.key(keys)

    def forward(self, query: Float[Tensor, "b t q"], offered: Float[Tensor, "b s a"]) -> Float[Tensor, "b t s"]:
        return (self.query(query)[:, :, None] + offered[:, None]).tanh() @ self.weight


class DotScore(nn.Module):
    r"""$q^\top k$: nothing to learn, and nothing to hold a large width in check (see Hour 7).

    Luong et al. 2015, https://arxiv.org/abs/1508.04025
    """

    def __init__(self, width: int):
        super().__init__()

    def offer(self, keys: Float[Tensor, "b s k"]) -> Float[Tensor, "b s a"]:
        """The keys as they are."""
        return keys

    def forward(self, query: Float[Tensor, "b t q"], offered: Float[Tensor, "b s a"]) -> Float[Tensor, "b t s"]:
        return query @ offered.mT


class GeneralScore(DotScore):
    r"""$q^\top W k$: a learned map between what is asked for and what is offered.

    Luong et al. 2015, https://arxiv.org/abs/1508.04025
    """

    def __init__(self, width: int):
        super().__init__(width)
        self.key = nn.Linear(width, width, bias=False)

    def offer(self, keys: Float[Tensor, "b s k"]) -> Float[Tensor, "b s a"]:
        """The keys, mapped to where queries live."""
        return self.key(keys)


Score = AdditiveScore | DotScore | GeneralScore  # each offers its keys once, and scores them for every query
