"""Wrong answers to graph attention: each function is wrong in one thing, which its docstring names."""

import torch
import torch.nn.functional as F

from labkit.graphs.gat import graph_attention
from labkit.graphs.scatter import scatter_softmax, scatter_sum


def _attend(h, source, target, edges, weigh=None, slope=0.2, ends=(0, 1)):
    """Graph attention, right by default."""
    sender, receiver = edges
    scores = (h * source).sum(-1)[edges[ends[0]]] + (h * target).sum(-1)[edges[ends[1]]]  # e h
    scores = F.leaky_relu(scores, slope) if slope is not None else scores
    weights = scatter_softmax(scores, receiver, len(h)) if weigh is None else weigh(scores, edges, len(h))
    return scatter_sum(weights[..., None] * h[sender], receiver, len(h)), weights


def softmax_over_what_a_node_sends(h, source, target, edges):
    """The softmax runs over the edges that leave a node.

    The weights of all edges that lead *into* a node should add up to 1. Which row of `edges` says where an edge leads?
    """
    return _attend(h, source, target, edges, lambda scores, e, n: scatter_softmax(scores, e[0], n))


def softmax_over_all_edges(h, source, target, edges):
    """The softmax runs over all edges of the graph.

    Then all weights of the graph together make 1, and in a large graph each is almost 0. The weights of one receiver
    should make 1.
    """
    return _attend(h, source, target, edges, lambda scores, e, n: scores.softmax(dim=0))


def softmax_over_heads(h, source, target, edges):
    """The softmax runs over the heads.

    Each head has weights of its own, which add up to 1 over the senders. The heads do not compete with each other.
    """
    return _attend(h, source, target, edges, lambda scores, e, n: scores.softmax(dim=1))


def no_nonlinearity(h, source, target, edges):
    """LeakyReLU is missing.

    Without it the receiver adds the same number to the scores of all its senders, and a softmax does not change then.
    Where does the nonlinearity stand in the equation?
    """
    return _attend(h, source, target, edges, slope=None)


def relu(h, source, target, edges):
    """Negative scores become 0.

    ReLU makes all negative scores equal. LeakyReLU multiplies them by 0.2 instead.
    """
    return _attend(h, source, target, edges, slope=0.0)


def default_slope(h, source, target, edges):
    """The slope is 0.01, not 0.2.

    The lecture multiplies negative scores by 0.2. The default of `F.leaky_relu` is 0.01, so pass the slope.
    """
    return _attend(h, source, target, edges, slope=0.01)


def bent_before_the_product(h, source, target, edges):
    """LeakyReLU is applied to the features, before the product with the vectors.

    The equation applies it to the *score*, one number for an edge and a head. (GATv2 applies it to vectors, but it
    adds the vectors of both ends first.)
    """
    bent = F.leaky_relu(h, 0.2)
    sender, receiver = edges
    scores = (bent * source).sum(-1)[sender] + (bent * target).sum(-1)[receiver]
    weights = scatter_softmax(scores, receiver, len(h))
    return scatter_sum(weights[..., None] * h[sender], receiver, len(h)), weights


def ends_swapped(h, source, target, edges):
    """`source` and `target` are swapped.

    `source` belongs to the node that sends, row 0 of the edges, and `target` to the one that receives, row 1. Which end
    does each of your terms use?
    """
    return _attend(h, source, target, edges, ends=(1, 0))


def reads_itself(h, source, target, edges):
    """Each node averages its own features.

    The weights are right, but they multiply the wrong vectors: the message along an edge is what its *sender* holds.
    Which row of `edges` do you gather with?
    """
    weights = graph_attention(h, source, target, edges)[1]
    return scatter_sum(weights[..., None] * h[edges[1]], edges[1], len(h)), weights


def sent_backwards(h, source, target, edges):
    """The messages are added up at the sender.

    The weights are right, but the sums go to the wrong end. A message arrives at the node in row 1.
    """
    weights = graph_attention(h, source, target, edges)[1]
    return scatter_sum(weights[..., None] * h[edges[0]], edges[0], len(h)), weights


def heads_averaged(h, source, target, edges):
    """All heads use the same weights.

    The weights of a head come from its own scores. Which line of your code sums or averages over the heads?
    """
    return _attend(
        h,
        source,
        target,
        edges,
        lambda scores, e, n: scatter_softmax(scores.mean(1, keepdim=True), e[1], n) + 0 * scores,
    )


def softmax_by_hand(h, source, target, edges):
    """The softmax overflows.

    The exponential of a large score does not fit into a float32. Your softmax from exercise 3 subtracts the largest
    score of each receiver first.
    """

    def weigh(scores, e, n):
        powers = scores.exp()
        return powers / scatter_sum(powers, e[1], n)[e[1]]

    return _attend(h, source, target, edges, weigh)


def all_ends_swapped(h, source, target, edges):
    """Senders and receivers are swapped everywhere.

    You take row 0 for the receivers. In this course row 0 of `edges` holds the senders and row 1 the receivers: the
    weights of the edges that lead *into* a node add up to 1, and it receives their messages.
    """
    return graph_attention(h, source, target, edges.flip(0))


def softmax_shifted_by_all(h, source, target, edges):
    """The softmax subtracts the largest score of the whole graph.

    A receiver whose scores lie far below it gets weights of 0. This is the fault of exercise 3: each receiver subtracts
    its own largest score.
    """

    def weigh(scores, e, n):
        powers = (scores - scores.max()).exp()
        return powers / (scatter_sum(powers, e[1], n)[e[1]] + 1e-16)

    return _attend(h, source, target, edges, weigh)


def leaky_at_each_end(h, source, target, edges):
    """The receiver has no effect on the weights.

    LeakyReLU comes after the sum of both ends. If it is applied to each end before the sum, or if the receiver's number
    is missing, all scores of one receiver move by the same number, and the softmax does not change.
    """
    sends, receives = F.leaky_relu((h * source).sum(-1), 0.2), F.leaky_relu((h * target).sum(-1), 0.2)
    weights = scatter_softmax(sends[edges[0]] + receives[edges[1]], edges[1], len(h))
    return scatter_sum(weights[..., None] * h[edges[0]], edges[1], len(h)), weights


def scaled_as_in_a_transformer(h, source, target, edges):
    """The scores are divided by the root of the width.

    A Transformer does that with its dot products. Graph attention does not scale: compare with the equation.
    """
    return graph_attention(h, source / h.shape[-1] ** 0.5, target / h.shape[-1] ** 0.5, edges)


def loops_added(h, source, target, edges):
    """You add loops.

    The caller has added them where they are wanted. A node that comes without a loop does not use its own vector.
    """
    own = torch.arange(len(h), device=h.device).expand(2, -1)
    return graph_attention(h, source, target, torch.cat([edges, own], dim=1))


def messages_averaged(h, source, target, edges):
    """The weighted messages are averaged.

    The weights add up to 1, so the weighted sum is a mean already: do not divide by the number of messages.
    """
    new, weights = graph_attention(h, source, target, edges)
    return new / torch.bincount(edges[1], minlength=len(h)).clamp(min=1)[:, None, None], weights
