"""Exercise: the normalized adjacency of a graph convolution, as a list of edges and weights."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.graphs.adjacency import with_loops
from labkit.graphs.gcn import symmetric_normalization


def _case(name: str, edges: list[tuple[int, int]], nodes: int, tests: str = "values", both: bool = True) -> Case:
    """Edges given by hand, in both directions unless told otherwise."""
    pairs = [*edges, *[(b, a) for a, b in edges if a != b]] if both else edges
    given = torch.tensor(pairs, dtype=torch.long).view(-1, 2).T.contiguous()
    return Case(name, {"edges": given, "nodes": nodes}, tests)


def cases(seed: int, device: torch.device) -> list[Case]:
    """A path, a star, loops that are there already, isolated nodes, one-way edges, no edges, a random graph."""
    draw = torch.Generator().manual_seed(seed)
    nodes = int(torch.randint(8, 14, (), generator=draw))
    pairs = torch.combinations(torch.arange(nodes))
    pairs = pairs[torch.randperm(len(pairs), generator=draw)[: 2 * nodes]]
    order = torch.randperm(4, generator=draw).tolist()
    path = [(order[0], order[1]), (order[1], order[2]), (order[2], order[3])]
    return [
        _case("one edge", [(0, 1)], 2),
        _case("a path of four nodes", path, 4),
        _case("a star", [(0, 1), (0, 2), (0, 3), (0, 4)], 5),
        _case("a node that has a loop already", [(0, 1), (1, 1), (1, 2)], 3, "loops"),
        _case("all nodes have loops already", [(0, 0), (0, 1), (1, 1)], 2, "loops"),
        _case("an isolated node", [(0, 1)], 3, "isolated"),
        _case("no edges at all", [], 3, "isolated"),
        _case("edges in one direction", [(0, 1), (0, 2), (1, 2)], 3, "directed", both=False),
        replace(_case("edges that are not contiguous", path, 4), strided=("edges",)),
        _case("a random graph", [tuple(pair) for pair in pairs.tolist()], nodes),
    ]


def _weighted(looped, nodes, power=-0.5, row=1):
    """The rest, done right unless told otherwise."""
    degree = torch.bincount(looped[row], minlength=nodes).float()
    scale = degree.pow(power).masked_fill(degree == 0, 0.0)
    return looped, scale[looped[0]] * scale[looped[1]]


def no_loops(edges, nodes):
    """No node has an edge to itself.

    What does a node know of itself in the next layer? The matrix in the formula is A + I: how does I look as a list of
    edges?
    """
    return _weighted(edges[:, edges[0] != edges[1]], nodes)


def loops_twice(edges, nodes):
    """A node that has a loop gets a second one.

    Some graphs come with loops. Then A + I would count such a node twice in its own mean: what should happen to the
    loops that are there before you put yours?
    """
    return _weighted(torch.cat([edges, torch.arange(nodes).expand(2, -1)], dim=1), nodes)


def degree_without_loops(edges, nodes):
    """The degrees are counted before the loops are added.

    The degrees belong to the matrix with loops, so an isolated node has degree 1, not 0. In which order do you add and
    count?
    """
    looped = with_loops(edges, nodes)
    degree = torch.bincount(edges[1, edges[0] != edges[1]], minlength=nodes).float()
    scale = degree.rsqrt().masked_fill(degree == 0, 0.0)
    return looped, scale[looped[0]] * scale[looped[1]]


def mean_of_neighbors(edges, nodes):
    """Every weight is one over the degree of the receiver.

    That is a mean, and a fine thing (GraphSAGE uses it). The formula here has the degree of both ends, half of the
    power each: the sender's degree counts as well.
    """
    looped = with_loops(edges, nodes)
    degree = torch.bincount(looped[1], minlength=nodes).float()
    return looped, 1 / degree[looped[1]]


def by_the_sender(edges, nodes):
    """Every weight is one over the degree of the sender.

    Then each node hands out shares of itself that add up to one. The formula has the degree of both ends, half of the
    power each.
    """
    looped = with_loops(edges, nodes)
    degree = torch.bincount(looped[1], minlength=nodes).float()
    return looped, 1 / degree[looped[0]]


def no_root(edges, nodes):
    """The degrees stand without a root.

    Your weights are 1 over the product of both degrees. Two factors, each with a power of one half in the formula: what
    is missing?
    """
    return _weighted(with_loops(edges, nodes), nodes, power=-1.0)


def multiplied_by_roots(edges, nodes):
    """The roots of the degrees multiply where they should divide.

    Nodes with many neighbors get larger and larger from layer to layer. What is the sign of the power?
    """
    return _weighted(with_loops(edges, nodes), nodes, power=0.5)


def degree_of_senders(edges, nodes):
    """The degrees are counted at the senders.

    In an undirected graph that is the same; in a directed one it is not. In this course the degree of a node is the
    number of edges that lead into it: row 1 of the edges.
    """
    return _weighted(with_loops(edges, nodes), nodes, row=0)


def only_nodes_with_edges(edges, nodes):
    """Nodes without edges are left out.

    The loops go to the nodes that the edges name. A node may have no edges at all, and still needs its loop: which
    argument says how many nodes there are?
    """
    named = edges.unique()
    looped = torch.cat([edges[:, edges[0] != edges[1]], named.expand(2, -1)], dim=1)
    return _weighted(looped, nodes)


def a_dense_matrix(edges, nodes):
    """A whole matrix is built and returned.

    It is right, and for a million nodes it would take four terabytes. Return the edges and one weight for each: only
    the entries that are not zero.
    """
    looped, weights = symmetric_normalization(edges, nodes)
    return torch.zeros(nodes, nodes).index_put((looped[1], looped[0]), weights)


SLIPS = (
    no_loops,
    loops_twice,
    degree_without_loops,
    mean_of_neighbors,
    by_the_sender,
    no_root,
    multiplied_by_roots,
    degree_of_senders,
    only_nodes_with_edges,
    a_dense_matrix,
)

EXERCISE = Exercise(
    id="gnn.normalize",
    title="The normalized adjacency, without a matrix",
    hour=12,
    position=2,
    minutes=5,
    difficulty=1,
    reference="labkit.graphs.gcn:symmetric_normalization",
    hidden=("labkit.graphs.gcn:normalized_adjacency", "labkit.graphs.adjacency:with_loops"),
    returns=("looped", "weights"),
    cases=cases,
    properties=(
        Property("shape", "edges and weights, one for each edge and each node's loop", 0.5, "shape"),
        Property("edges", "every edge once, then one loop at every node", 1.0, result="looped"),
        Property("values", "right weights on undirected graphs", 1.0),
        Property("loops", "loops that are there already count once", 0.5),
        Property("isolated", "nodes without edges keep what they have", 0.5),
        Property("directed", "in a directed graph the degree counts what comes in", 0.25),
        Property("inputs", "the edges are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Three steps: take out the loops that are there, put one at every node, and give every edge a weight. A "
        "boolean mask over the columns of `edges` does the first.",
        "The loops are the edges (0, 0), (1, 1), ...: `torch.arange(nodes)` twice, one above the other, behind the "
        "edges that are left. Now the degree of a node is how often it stands in row 1: `torch.bincount` with "
        "`minlength`.",
        "The weight of an edge from j to i is 1 over the root of the product of the degrees of i and j. With `degree` "
        "a tensor over the nodes, `degree[edges[0]]` is the degree of every sender.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
