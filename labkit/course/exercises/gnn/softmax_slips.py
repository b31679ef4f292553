"""Wrong answers to the softmax over edges: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.graphs.scatter import scatter_softmax, scatter_sum


def _shares(powers, receiver, nodes, epsilon=0.0):
    return powers / (scatter_sum(powers, receiver, nodes)[receiver] + epsilon)


def shifted_by_the_largest_of_all(scores, receiver, nodes):
    """The largest score of the whole graph is still subtracted.

    For a receiver whose scores lie far below the largest of the graph, every exponential is 0, and the small number in
    the denominator turns 0 / 0 into 0. Which number may each receiver subtract instead?
    """
    return _shares((scores - scores.max()).exp(), receiver, nodes, 1e-16)


def nan_in_place_of_zero(scores, receiver, nodes):
    """Without the small number in the denominator, 0 / 0 is NaN.

    You see the fault now, but it is still there: the exponentials of one receiver are all 0, because the largest score
    of the *whole graph* is subtracted. Repair the line in which they vanish.
    """
    return _shares((scores - scores.max()).exp(), receiver, nodes)


def shifted_by_head(scores, receiver, nodes):
    """The largest score of each head is subtracted.

    That helps where heads differ. Receivers still share one number: a receiver whose scores lie far below it gets
    exponentials of 0.
    """
    return _shares((scores - scores.amax(dim=0)).exp(), receiver, nodes, 1e-16)


def shifted_by_the_mean_of_all(scores, receiver, nodes):
    """The mean score of the whole graph is subtracted.

    Receivers far above the mean overflow, and those far below it vanish. Each receiver needs a number of its own.
    """
    return _shares((scores - scores.mean()).exp(), receiver, nodes)


def shifted_by_the_mean_of_each(scores, receiver, nodes):
    """Each receiver subtracts the mean of its scores.

    A number for each receiver is the right idea. But a score far above the mean still overflows: which number of a
    receiver leaves no exponent above 0?
    """
    count = torch.bincount(receiver, minlength=nodes).clamp(min=1)[:, None]
    mean = scatter_sum(scores, receiver, nodes) / count
    return _shares((scores - mean[receiver]).exp(), receiver, nodes)


def in_double_precision(scores, receiver, nodes):
    """The same softmax in double precision.

    Exponents down to -700 survive now, and lower ones vanish as before. Subtract a number for each receiver instead.
    """
    doubles = scores.double()
    return _shares((doubles - doubles.max()).exp(), receiver, nodes, 1e-300).to(scores.dtype)


def one_denominator_for_all(scores, receiver, nodes):
    """The exponentials are divided by their sum over all edges.

    The maximum of each receiver is subtracted, as it should be. The denominator must belong to the receiver as well:
    its weights should add up to 1.
    """
    top = scores.new_zeros(nodes, scores.shape[1])
    top = top.scatter_reduce(0, receiver[:, None].expand_as(scores), scores, "amax", include_self=False)
    powers = (scores - top.detach()[receiver]).exp()
    return powers / powers.sum(dim=0)


def not_shifted(scores, receiver, nodes):
    """Nothing is subtracted.

    Small scores are right now, and the exponential of 200 does not fit into a float32. Subtract something, but not the
    same number for all receivers.
    """
    return _shares(scores.exp(), receiver, nodes)


def shifted_by_each_row(scores, receiver, nodes):
    """Each edge subtracts the largest of its own heads.

    All scores of one receiver and head must lose the same number, or the weights change. Over which axis do the edges
    of a receiver lie?
    """
    return _shares((scores - scores.amax(dim=1, keepdim=True)).exp(), receiver, nodes)


def powers_kept_above_zero(scores, receiver, nodes):
    """Scores far below the largest of the graph all get the same weight.

    A lower limit, on the exponents or on the exponentials, avoids 0 / 0. But scores of -200 and -202 become the same
    number there, and their difference is lost. Which number may each receiver subtract, so that no limit is needed?
    """
    return _shares((scores - scores.max()).exp().clamp(min=1e-16), receiver, nodes)


def over_all_edges(scores, receiver, nodes):
    """The softmax runs over all edges of the graph.

    Add up the weights of the edges into one node. They should make 1 for each receiver, not for the graph.
    """
    return scores.softmax(dim=0)


def over_heads(scores, receiver, nodes):
    """The softmax runs over the heads.

    Each column is a head of its own. Its weights add up to 1 over the edges into one node.
    """
    return scores.softmax(dim=1)


def denominators_returned(scores, receiver, nodes):
    """The result has one row for each node.

    The weights belong to the edges, so there is one row for each score. `sums[receiver]` gives each edge the sum of its
    receiver.
    """
    top = scores.new_zeros(nodes, scores.shape[1])
    top = top.scatter_reduce(0, receiver[:, None].expand_as(scores), scores, "amax", include_self=False)
    return scatter_sum((scores - top.detach()[receiver]).exp(), receiver, nodes)


def maximum_begins_at_zero(scores, receiver, nodes):
    """The maximum of a receiver is never below 0.

    The zeros with which you began take part in the maximum, so negative scores lose nothing, and scores of -200 vanish.
    Look at what `include_self` does.
    """
    top = scores.new_zeros(nodes, scores.shape[1])
    top = top.scatter_reduce(0, receiver[:, None].expand_as(scores), scores, "amax", include_self=True)
    return _shares((scores - top.detach()[receiver]).exp(), receiver, nodes, 1e-16)


def scores_changed(scores, receiver, nodes):
    """The caller's scores are changed.

    The weights are right, but `scores` is not what it was. Operators such as `-=` write into the tensor they are given.
    """
    weights = scatter_softmax(scores, receiver, nodes)
    scores.data.sub_(torch.ones_like(scores))
    return weights
