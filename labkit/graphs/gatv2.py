"""Graph attention whose ranking of the neighbors depends on who looks.

Axes: n nodes, e edges, f features in, h heads, c features out of each head.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from labkit.graphs.adjacency import Adjacency
from labkit.graphs.aggregate import CHUNK, head_sum, neighbor_softmax
from labkit.graphs.gat import looped, merged


class GATv2Conv(nn.Module):
    r"""Graph attention with the learned vector applied after the nonlinearity.

    $$s_{ij} = a^\top \mathrm{LeakyReLU}\big(W_\mathrm{source} x_j + W_\mathrm{target} x_i\big), \qquad
    x_i' = \sum_{j \to i} \mathrm{softmax}_j(s_{ij}) \, W_\mathrm{source} x_j + b$$

    In `GATConv` the same vector is applied before it, and then the score is a growing function of one number of the
    sender: all nodes rank their neighbors alike. Here each node may have an order of its own.
    Brody et al. 2022, eq. 7, https://arxiv.org/abs/2105.14491
    """

    def __init__(
        self,
        features: int,
        out_features: int,
        heads: int = 1,
        concat: bool = True,
        slope: float = 0.2,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.heads, self.concat, self.slope, self.dropout = heads, concat, slope, dropout
        self.source, self.target = (nn.Linear(features, heads * out_features) for _ in range(2))
        self.attend = nn.Parameter(torch.empty(heads, out_features))
        self.bias = nn.Parameter(torch.zeros(heads * out_features if concat else out_features))
        for weight in (self.source.weight, self.target.weight, self.attend):
            nn.init.xavier_uniform_(weight)

    def attention(
        self, sends: Float[Tensor, "n h c"], receives: Float[Tensor, "m h c"], adjacency: Adjacency
    ) -> Float[Tensor, "e h"]:
        """The weight of every edge in each head, in the order of the adjacency."""
        return neighbor_softmax(adjacency, edge_scores(adjacency, sends, receives, self.attend, self.slope))

    def forward(self, x: Float[Tensor, "n f"], edges: Adjacency | Int[Tensor, "2 e"]) -> Float[Tensor, "m _"]:
        """`edges` get a loop at each node; an `Adjacency` is taken as it is."""
        adjacency = looped(edges, len(x))
        sends, receives = self.source(x), self.target(x[: adjacency.targets])
        sends, receives = (rearrange(side, "n (h c) -> n h c", h=self.heads) for side in (sends, receives))
        weights = F.dropout(self.attention(sends, receives, adjacency), self.dropout, self.training)
        return merged(head_sum(adjacency, sends, weights), self.concat) + self.bias


def edge_scores(
    adjacency: Adjacency,
    sends: Float[Tensor, "n h c"],
    receives: Float[Tensor, "m h c"],
    attend: Float[Tensor, "h c"],
    slope: float,
) -> Float[Tensor, "e h"]:
    r"""The scores of all edges, $a^\top \mathrm{LeakyReLU}(l_j + r_i)$, in the order of the adjacency."""
    return _Scores.apply(adjacency, sends, receives, attend, slope)


class _Scores(Function):
    """The scores, some edges at a time: the vectors between which the nonlinearity stands are never all in memory."""

    @staticmethod
    def forward(ctx, adjacency, sends, receives, attend, slope):
        ctx.adjacency, ctx.slope = adjacency, slope
        ctx.save_for_backward(sends, receives, attend)
        parts = [
            (F.leaky_relu(sends.index_select(0, j).add_(receives.index_select(0, i)), slope) * attend).sum(-1)
            for j, i in _chunks(adjacency)
        ]
        return torch.cat(parts)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        sends, receives, attend = ctx.saved_tensors
        grads = [torch.zeros_like(side) for side in (sends, receives, attend)]
        for (j, i), grad_scores in zip(_chunks(ctx.adjacency), grad.split(CHUNK), strict=True):
            both = sends.index_select(0, j).add_(receives.index_select(0, i))
            steep = (both > 0).to(both.dtype).mul_(1 - ctx.slope).add_(ctx.slope)  # the slope at each place
            grads[2] += both.mul_(steep).mul_(grad_scores[..., None]).sum(0)
            grad_both = steep.mul_(attend).mul_(grad_scores[..., None])
            grads[0].index_add_(0, j, grad_both)
            grads[1].index_add_(0, i, grad_both)
        return None, *grads, None


def _chunks(adjacency: Adjacency) -> Iterator[tuple[Int[Tensor, " chunk"], Int[Tensor, " chunk"]]]:
    return zip(adjacency.source.split(CHUNK), adjacency.target.split(CHUNK), strict=True)
