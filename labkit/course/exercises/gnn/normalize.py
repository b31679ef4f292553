"""Exercise: the normalized adjacency of a graph convolution, as edges and weights."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.graphs.gcn import symmetric_normalization


def _case(name: str, edges: list[tuple[int, int]], nodes: int, tests: str = "values", both: bool = True) -> Case:
    """Edges given by hand, in both directions unless `both` is False."""
    pairs = [*edges, *[(b, a) for a, b in edges if a != b]] if both else edges
    given = torch.tensor(pairs, dtype=torch.long).view(-1, 2).T.contiguous()
    return Case(name, {"edges": given, "nodes": nodes}, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """A path, a star, loops that are there already, isolated nodes, one-way edges, no edges, a random graph."""
    nodes = int(torch.randint(8, 14, (), generator=draw.generator))
    pairs = torch.combinations(torch.arange(nodes))
    pairs = pairs[torch.randperm(len(pairs), generator=draw.generator)[: 2 * nodes]]
    order = torch.randperm(4, generator=draw.generator).tolist()
    path = [(order[0], order[1]), (order[1], order[2]), (order[2], order[3])]
    yield _case("one edge", [(0, 1)], 2)
    yield _case("a path of four nodes", path, 4)
    yield _case("a star", [(0, 1), (0, 2), (0, 3), (0, 4)], 5)
    yield _case("a node that has a loop already", [(0, 1), (1, 1), (1, 2)], 3, "loops")
    yield _case("all nodes have loops already", [(0, 0), (0, 1), (1, 1)], 2, "loops")
    yield _case("an isolated node", [(0, 1)], 3, "isolated")
    yield _case("no edges at all", [], 3, "isolated")
    yield _case("edges in one direction", [(0, 1), (0, 2), (1, 2)], 3, "directed", both=False)
    yield strided(_case("edges that are not contiguous", path, 4))
    yield _case("a random graph", [tuple(pair) for pair in pairs.tolist()], nodes)


EXERCISE = exercise(
    __name__,
    symmetric_normalization,
    made,
    [
        Property("shape", "edges and weights, one for each edge and each loop", 0.5, "shape"),
        Property("edges", "every edge once, then one loop at every node", 1.0, result="looped"),
        Property("values", "right weights on undirected graphs", 1.0),
        Property("loops", "a loop that is there already counts once", 0.5),
        Property("isolated", "a node without edges keeps its own vector", 0.5),
        Property("directed", "in a directed graph the degree counts incoming edges", 0.25),
    ],
    title="The normalized adjacency",
    minutes=6,
    difficulty=1,
    returns=("looped", "weights"),
    hints=(
        "Three steps: remove the loops that are there, add one loop at every node, compute the weights. A boolean mask "
        "over the columns of `edges` does the first.",
        "The loops are the edges (0, 0), (1, 1), ...: `torch.arange(nodes)` twice, one above the other, after the "
        "edges that are left. The degree of a node is how often it occurs in row 1: `torch.bincount` with "
        "`minlength`.",
        "The weight of an edge from j to i is 1 over the root of the product of the degrees of i and j. If `degree` "
        "holds one number for each node, `degree[edges[0]]` is the degree of every sender.",
    ),
    hidden=("labkit.graphs.gcn:normalized_adjacency", "labkit.graphs.adjacency:with_loops"),
)
