"""Sums, softmax and maximum over the edges into each node, forward and backward in time and memory linear in the edges.

Nothing here forms a dense matrix, and what a sum needs never holds a feature vector for each edge. Backward works on
the transposed graph. Axes: e edges, n nodes that send, m nodes that receive, h heads, c features of a head, f features.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from labkit.graphs.adjacency import Adjacency
from labkit.nn.kinds import wide

CHUNK = 1 << 11  # edges at a time where a vector for each is needed: they stay in the processor's cache


def neighbor_sum(adjacency: Adjacency, x: Float[Tensor, "n f"], weights: Tensor | None = None) -> Float[Tensor, "m f"]:
    r"""What every node receives, added up: $\sum_{j \to i} w_{ij} x_j$. `weights` (e,) are in the adjacency's order."""
    weights = None if weights is None else weights[:, None]
    return head_sum(adjacency, x[:, None], weights)[:, 0]


def neighbor_mean(adjacency: Adjacency, x: Float[Tensor, "n f"]) -> Float[Tensor, "m f"]:
    """The mean of what every node receives; zero for a node that receives nothing."""
    return neighbor_sum(adjacency, x) / adjacency.degree.clamp(min=1)[:, None]


def head_sum(
    adjacency: Adjacency, x: Float[Tensor, "n h c"], weights: Float[Tensor, "e h"] | None
) -> Float[Tensor, "m h c"]:
    """The weighted sum for several heads, each with weights of its own; it has the type of `x`."""
    return _HeadSum.apply(adjacency, x, weights)


def neighbor_max(adjacency: Adjacency, x: Float[Tensor, "n f"]) -> Float[Tensor, "m f"]:
    """The maximum of what every node receives, in each feature; zero for a node that receives nothing."""
    return _Max.apply(adjacency, x)


def neighbor_softmax(adjacency: Adjacency, scores: Float[Tensor, "e h"]) -> Float[Tensor, "e h"]:
    r"""Weights of the edges into each node that add up to one: $e^{s_{ij}} / \sum_{k \to i} e^{s_{ik}}$."""
    return _Softmax.apply(adjacency, scores)


def edge_sum(adjacency: Adjacency, messages: Float[Tensor, "e ..."]) -> Float[Tensor, "m ..."]:
    """The messages into each node, added up; they are in the adjacency's order."""
    return _EdgeSum.apply(adjacency, messages)


def from_sources(adjacency: Adjacency, x: Float[Tensor, "n ..."]) -> Float[Tensor, "e ..."]:
    """For every edge, the row of the node that sends."""
    return _FromSources.apply(adjacency, x)


def from_targets(adjacency: Adjacency, x: Float[Tensor, "m ..."]) -> Float[Tensor, "e ..."]:
    """For every edge, the row of the node that receives."""
    return _FromTargets.apply(adjacency, x)


def _bags(
    x: Float[Tensor, "n h c"], rows: Int[Tensor, " e"], offsets: Int[Tensor, " _"], weights: Tensor | None
) -> Float[Tensor, "m h c"]:
    """Weighted sums of runs of rows, one run between two offsets: a sparse matrix times a dense one."""
    heads = x.transpose(0, 1).contiguous()  # h n c
    weights = [None] * len(heads) if weights is None else weights.T.to(x.dtype).contiguous()
    sums = [
        F.embedding_bag(rows, head, offsets, mode="sum", include_last_offset=True, per_sample_weights=weight)
        for head, weight in zip(heads, weights, strict=True)
    ]
    return torch.stack(sums, dim=1) if len(sums) > 1 else sums[0][:, None]


def _run_sums(values: Float[Tensor, "e ..."], offsets: Int[Tensor, " _"]) -> Float[Tensor, "m ..."]:
    sums = torch.segment_reduce(wide(values).contiguous(), "sum", offsets=offsets, axis=0)
    return sums.to(values.dtype)


class _HeadSum(Function):
    @staticmethod
    def forward(ctx, adjacency, x, weights):
        ctx.adjacency = adjacency
        ctx.save_for_backward(x, weights)
        return _bags(x, adjacency.source, adjacency.offsets, weights)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        (x, weights), adjacency = ctx.saved_tensors, ctx.adjacency
        grad_x = grad_weights = None
        if ctx.needs_input_grad[1]:
            order, targets, offsets = adjacency.reverse
            grad_x = _bags(grad, targets, offsets, None if weights is None else weights[order])
        if ctx.needs_input_grad[2]:
            pairs = zip(adjacency.target.split(CHUNK), adjacency.source.split(CHUNK), strict=True)
            grad_weights = torch.cat([(grad.index_select(0, i) * x.index_select(0, j)).sum(-1) for i, j in pairs])
        return None, grad_x, grad_weights


class _Softmax(Function):
    @staticmethod
    def forward(ctx, adjacency, scores):
        ctx.adjacency = adjacency
        top = torch.segment_reduce(scores.contiguous(), "max", offsets=adjacency.offsets, axis=0)
        powers = (scores - top.index_select(0, adjacency.target)).exp_()
        weights = powers.div_(_run_sums(powers, adjacency.offsets).index_select(0, adjacency.target))
        ctx.save_for_backward(weights)
        return weights

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        (weights,), adjacency = ctx.saved_tensors, ctx.adjacency
        flow = weights * grad
        total = _run_sums(flow, adjacency.offsets).index_select(0, adjacency.target)
        return None, flow.addcmul_(weights, total, value=-1)


class _Max(Function):
    @staticmethod
    def forward(ctx, adjacency, x):
        ctx.adjacency = adjacency
        top = torch.segment_reduce(x.index_select(0, adjacency.source), "max", offsets=adjacency.offsets, axis=0)
        top = top.masked_fill_((adjacency.degree == 0)[:, None], 0.0)
        ctx.save_for_backward(x, top)
        return top

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        """To the senders that were the maximum, in equal shares where several were."""
        (x, top), adjacency = ctx.saved_tensors, ctx.adjacency
        won = x.index_select(0, adjacency.source).eq_(top.index_select(0, adjacency.target))
        share = grad / _run_sums(won, adjacency.offsets).clamp_(min=1)
        won.mul_(share.index_select(0, adjacency.target))
        order, _, offsets = adjacency.reverse
        return None, _bags(won[:, None], order, offsets, None)[:, 0]


class _FromSources(Function):
    @staticmethod
    def forward(ctx, adjacency, x):
        ctx.adjacency = adjacency
        return x.index_select(0, adjacency.source)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        order, _, offsets = ctx.adjacency.reverse
        return None, _bags(grad.flatten(1)[:, None], order, offsets, None)[:, 0].view(-1, *grad.shape[1:])


class _EdgeSum(Function):
    @staticmethod
    def forward(ctx, adjacency, messages):
        ctx.adjacency = adjacency
        return _run_sums(messages, adjacency.offsets)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        return None, grad.index_select(0, ctx.adjacency.target)


class _FromTargets(Function):
    @staticmethod
    def forward(ctx, adjacency, x):
        ctx.adjacency = adjacency
        return x.index_select(0, adjacency.target)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        return None, _run_sums(grad, ctx.adjacency.offsets)
