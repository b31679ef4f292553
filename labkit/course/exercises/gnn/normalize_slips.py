"""Wrong answers to the normalized adjacency: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.graphs.adjacency import with_loops
from labkit.graphs.gcn import symmetric_normalization


def _weighted(looped, nodes, power=-0.5, row=1):
    """The weights, right by default."""
    degree = torch.bincount(looped[row], minlength=nodes).float()
    scale = degree.pow(power).masked_fill(degree == 0, 0.0)
    return looped, scale[looped[0]] * scale[looped[1]]


def no_loops(edges, nodes):
    """No node has an edge to itself.

    Without loops a node forgets its own vector. The matrix in the formula is A + I: which edges does I stand for?
    """
    return _weighted(edges[:, edges[0] != edges[1]], nodes)


def loops_first(edges, nodes):
    """The loops stand before the edges.

    The weights are right, but the docstring asks for the edges in their order, and then the loops.
    """
    looped, weights = symmetric_normalization(edges, nodes)
    order = torch.arange(looped.shape[1]).roll(nodes)
    return looped[:, order], weights[order]


def loops_twice(edges, nodes):
    """A node that has a loop gets a second one.

    Some graphs come with loops, and A + I would count such a node twice. Remove the loops that are there first.
    """
    return _weighted(torch.cat([edges, torch.arange(nodes).expand(2, -1)], dim=1), nodes)


def degree_without_loops(edges, nodes):
    """The degrees are counted before the loops are added.

    The degrees belong to the matrix with loops, so an isolated node has degree 1, not 0. Which of the two steps comes
    first?
    """
    looped = with_loops(edges, nodes)
    degree = torch.bincount(edges[1, edges[0] != edges[1]], minlength=nodes).float()
    scale = degree.rsqrt().masked_fill(degree == 0, 0.0)
    return looped, scale[looped[0]] * scale[looped[1]]


def degree_without_loops_infinite(edges, nodes):
    """The degrees are counted before the loops are added, and an isolated node gets an infinite weight.

    The degrees belong to the matrix with loops: then every node has a degree of at least 1, and nothing is divided by
    0.
    """
    looped = with_loops(edges, nodes)
    degree = torch.bincount(edges[1, edges[0] != edges[1]], minlength=nodes).float()
    return looped, (degree[looped[0]] * degree[looped[1]]).rsqrt()


def mean_of_neighbors(edges, nodes):
    """Every weight is one over the degree of the receiver.

    These weights give the mean, which GraphSAGE uses. The formula here contains the degrees of both ends, each to the
    power of one half.
    """
    looped = with_loops(edges, nodes)
    degree = torch.bincount(looped[1], minlength=nodes).float()
    return looped, 1 / degree[looped[1]]


def by_the_sender(edges, nodes):
    """Every weight is one over the degree of the sender.

    The formula contains the degrees of both ends, each to the power of one half. You use only the sender's.
    """
    looped = with_loops(edges, nodes)
    degree = torch.bincount(looped[1], minlength=nodes).float()
    return looped, 1 / degree[looped[0]]


def by_the_larger_degree(edges, nodes):
    """Every weight is one over the larger of the two degrees.

    The formula multiplies the two degrees and takes the root of the product.
    """
    looped = with_loops(edges, nodes)
    degree = torch.bincount(looped[1], minlength=nodes).float()
    return looped, 1 / torch.maximum(degree[looped[0]], degree[looped[1]])


def by_the_sum(edges, nodes):
    """The two degrees are added.

    The formula multiplies the two degrees and takes the root of the product.
    """
    looped = with_loops(edges, nodes)
    degree = torch.bincount(looped[1], minlength=nodes).float()
    return looped, (degree[looped[0]] + degree[looped[1]]).rsqrt()


def edges_sorted(edges, nodes):
    """The edges are sorted.

    The weights are right, but the docstring asks for the edges in their order, and then the loops.
    """
    looped, weights = symmetric_normalization(edges, nodes)
    order = (looped[0] * nodes + looped[1]).argsort()
    return looped[:, order], weights[order]


def no_root(edges, nodes):
    """The root is missing.

    Your weights are 1 over the product of both degrees. In the formula each degree has a power of one half.
    """
    return _weighted(with_loops(edges, nodes), nodes, power=-1.0)


def multiplied_by_roots(edges, nodes):
    """The roots of the degrees multiply, and they should divide.

    Vectors of nodes with many neighbors then grow in every layer. What is the sign of the power?
    """
    return _weighted(with_loops(edges, nodes), nodes, power=0.5)


def degree_of_senders(edges, nodes):
    """The degree counts outgoing edges.

    In an undirected graph that is the same; in a directed one it is not. In this course the degree of a node is the
    number of edges that lead into it: row 1.
    """
    return _weighted(with_loops(edges, nodes), nodes, row=0)


def only_nodes_with_edges(edges, nodes):
    """Nodes without edges get no loop.

    You add loops to the nodes that occur in `edges`. An isolated node occurs nowhere and still needs its loop: which
    argument says how many nodes there are?
    """
    named = edges.unique()
    looped = torch.cat([edges[:, edges[0] != edges[1]], named.expand(2, -1)], dim=1)
    return _weighted(looped, nodes)


def a_dense_matrix(edges, nodes):
    """A whole matrix is returned.

    Its numbers are right, and for a million nodes it would take four terabytes. Return the edges and one weight for
    each: only the entries that are not zero.
    """
    looped, weights = symmetric_normalization(edges, nodes)
    return torch.zeros(nodes, nodes).index_put((looped[1], looped[0]), weights)
