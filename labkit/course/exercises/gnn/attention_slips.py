"""What goes wrong in graph attention: each function is wrong in one thing, which its docstring names."""

import torch.nn.functional as F

from labkit.graphs.gat import graph_attention
from labkit.graphs.scatter import scatter_softmax, scatter_sum


def _attend(h, source, target, edges, weigh=None, slope=0.2, ends=(0, 1)):
    """Done right, unless told otherwise."""
    sender, receiver = edges
    scores = (h * source).sum(-1)[edges[ends[0]]] + (h * target).sum(-1)[edges[ends[1]]]  # e h
    scores = F.leaky_relu(scores, slope) if slope is not None else scores
    weights = scatter_softmax(scores, receiver, len(h)) if weigh is None else weigh(scores, edges, len(h))
    return scatter_sum(weights[..., None] * h[sender], receiver, len(h)), weights


def softmax_over_what_a_node_sends(h, source, target, edges):
    """The softmax runs over the edges that leave a node.

    Whose attention is shared out? The weights of all edges that lead *into* a node should add up to 1: which row of
    `edges` says where an edge leads?
    """
    return _attend(h, source, target, edges, lambda scores, e, n: scatter_softmax(scores, e[0], n))


def softmax_over_all_edges(h, source, target, edges):
    """The softmax runs over all edges of the graph.

    Then all nodes together share a weight of 1, and in a large graph each reads almost nothing. A node shares its
    attention among its own senders.
    """
    return _attend(h, source, target, edges, lambda scores, e, n: scores.softmax(dim=0))


def softmax_over_heads(h, source, target, edges):
    """The softmax runs over the heads.

    Each head is a reader of its own, with weights that add up to 1 over the senders. The heads do not compete with each
    other.
    """
    return _attend(h, source, target, edges, lambda scores, e, n: scores.softmax(dim=1))


def no_nonlinearity(h, source, target, edges):
    """The scores are not bent.

    Without LeakyReLU the receiver adds the same number to all its senders' scores, and a softmax ignores that: the
    receiver has no say at all. Where does the nonlinearity stand in the equation?
    """
    return _attend(h, source, target, edges, slope=None)


def relu(h, source, target, edges):
    """Negative scores are cut off.

    Your nonlinearity makes all negative scores equal. The one in the equation leaks: a fifth of them passes.
    """
    return _attend(h, source, target, edges, slope=0.0)


def default_slope(h, source, target, edges):
    """The slope is 0.01, not 0.2.

    Negative scores should pass with a fifth of their size. torch's own default is another: say the slope.
    """
    return _attend(h, source, target, edges, slope=0.01)


def bent_before_the_product(h, source, target, edges):
    """LeakyReLU is applied to the features, before the product with the vectors.

    The equation bends the *score*, one number for an edge and a head. (To bend the features is another method, and a
    stronger one: GATv2. Yet it adds both ends first.)
    """
    bent = F.leaky_relu(h, 0.2)
    sender, receiver = edges
    scores = (bent * source).sum(-1)[sender] + (bent * target).sum(-1)[receiver]
    weights = scatter_softmax(scores, receiver, len(h))
    return scatter_sum(weights[..., None] * h[sender], receiver, len(h)), weights


def ends_swapped(h, source, target, edges):
    """The two vectors have changed places.

    `source` scores the node that sends, row 0 of the edges, and `target` the one that receives, row 1. Which end does
    each of your terms look at?
    """
    return _attend(h, source, target, edges, ends=(1, 0))


def reads_itself(h, source, target, edges):
    """Every node reads its own features over and over.

    The weights are right, and what they weigh is not: along an edge flows what its *sender* holds. Which row of `edges`
    do you gather with?
    """
    weights = graph_attention(h, source, target, edges)[1]
    return scatter_sum(weights[..., None] * h[edges[1]], edges[1], len(h)), weights


def sent_backwards(h, source, target, edges):
    """The messages go to the sender.

    The weights are right, but the sums land at the wrong end. What flows along an edge arrives at the node in row 1.
    """
    weights = graph_attention(h, source, target, edges)[1]
    return scatter_sum(weights[..., None] * h[edges[0]], edges[0], len(h)), weights


def heads_averaged(h, source, target, edges):
    """All heads use the same weights.

    Each head should look in its own way: its weights come from its own scores. Where in your code is the axis of the
    heads lost?
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

    The exponential of a large score does not fit into a float32. Your softmax from exercise 1 takes care of that.
    """

    def weigh(scores, e, n):
        powers = scores.exp()
        return powers / scatter_sum(powers, e[1], n)[e[1]]

    return _attend(h, source, target, edges, weigh)


SLIPS = (
    softmax_over_what_a_node_sends,
    softmax_over_all_edges,
    softmax_over_heads,
    no_nonlinearity,
    relu,
    default_slope,
    bent_before_the_product,
    ends_swapped,
    reads_itself,
    sent_backwards,
    heads_averaged,
    softmax_by_hand,
)
