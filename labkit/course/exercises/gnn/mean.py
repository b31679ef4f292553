"""Exercise: the mean of each node's neighbors."""

from collections.abc import Iterator, Sequence

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.graphs.scatter import mean_of_neighbors

STAR = [(1, 0), (2, 0), (3, 0), (0, 1), (0, 2)]


def _case(draw: Draw, name: str, edges: Sequence[Sequence[int]], nodes: int, tests: str = "values") -> Case:
    """Random features, two for each node, and edges given by hand: (sender, receiver)."""
    given = torch.tensor(edges, dtype=torch.long).view(-1, 2).T.contiguous()
    return Case(name, {"x": draw(nodes, 2), "edges": given}, tests)


@cases("x")
def made(draw: Draw) -> Iterator[Case]:
    """Edges in both directions and in one; receivers of many and of no messages; float64, strides, a random graph."""
    yield _case(draw, "two nodes that send to each other", [(0, 1), (1, 0)], 2)
    yield _case(draw, "a triangle", [(0, 1), (1, 0), (1, 2), (2, 1), (2, 0), (0, 2)], 3)
    yield _case(draw, "one edge, in one direction", [(0, 1)], 2, "directed")
    yield _case(draw, "three nodes send to one", [(0, 3), (2, 3), (1, 3), (3, 0)], 4, "directed")
    yield _case(draw, "a node with no neighbors", [(0, 1), (1, 0), (2, 0)], 4, "nothing")
    yield _case(draw, "the first and the last node without neighbors", [(1, 2), (2, 1)], 4, "nothing")
    yield draw.exact(_case(draw, "float64", STAR, 4))
    yield strided(_case(draw, "inputs that are not contiguous", STAR, 4))
    nodes = int(torch.randint(8, 12, (), generator=draw.generator))
    pairs = torch.randint(nodes - 1, (3 * nodes, 2), generator=draw.generator).unique(dim=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    order = torch.randperm(len(pairs), generator=draw.generator)
    yield _case(draw, "a random graph", pairs[order].tolist(), nodes, "directed")


EXERCISE = exercise(
    __name__,
    mean_of_neighbors,
    made,
    [
        Property("shape", "one row for each node", 0.5, "shape"),
        Property("values", "the mean of the neighbors in undirected graphs", 1.0),
        Property("directed", "right where edges go in one direction only", 1.0),
        Property("nothing", "zeros for a node that receives nothing", 0.5),
    ],
    title="The mean of the neighbors",
    minutes=5,
    difficulty=1,
    returns=("mean",),
    hints=(
        "Gather first: `x[edges[0]]` has one row for each edge, the vector that its sender holds. These rows are the "
        "messages.",
        "Now add up the messages by receiver. Start from `torch.zeros_like(x)`: `index_add(0, index, rows)` adds each "
        "row to the row of the result that `index` names. Which row of `edges` is the index?",
        "Divide by the number of messages that each node received. `torch.bincount` counts how often each number "
        "occurs, and `minlength` makes it count the nodes at the end as well.",
        "A node without messages has a count of 0, and 0 / 0 is NaN. `clamp(min=1)` changes only those counts.",
    ),
    hidden=("labkit.graphs.scatter:scatter_mean", "labkit.graphs.aggregate:neighbor_mean"),
    seconds=4.0,  # the first backward pass of a process takes one of them on a busy machine
)
