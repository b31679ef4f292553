"""Exercise: graph attention with several heads."""

from collections.abc import Iterator, Sequence

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.graphs.gat import graph_attention

ONE, TRIANGLE = [(0, 0), (1, 0)], [(0, 1), (1, 2), (2, 0), (0, 2)]


def _case(draw: Draw, name: str, edges: Sequence[Sequence[int]], nodes: int, heads: int, tests: str) -> Case:
    """Random features of three per head, and edges given by hand."""
    h, source, target = draw(nodes, heads, 3), draw(heads, 3), draw(heads, 3)
    args = {"h": h, "source": source, "target": target, "edges": torch.tensor(edges).T.contiguous()}
    return Case(name, args, tests)


@cases("h", "source", "target")
def made(draw: Draw) -> Iterator[Case]:
    """One head and several; edges in no order; a node without incoming edges; large scores; a random graph."""
    every = [(i, j) for i in range(3) for j in range(3)]
    yield _case(draw, "two senders, one head", ONE, 2, 1, "one head")
    yield _case(draw, "a complete graph, one head", every, 3, 1, "one head")
    yield _case(draw, "two senders, two heads", ONE, 2, 2, "heads")
    yield _case(draw, "edges in no order, two heads", TRIANGLE, 3, 2, "heads")
    yield _case(draw, "a complete graph, three heads", every, 3, 3, "heads")
    yield _case(draw, "a node without incoming edges", [(0, 1), (2, 1), (1, 1)], 3, 2, "nothing")
    large = _case(draw, "large scores", TRIANGLE, 3, 2, "large")
    large.args["h"].mul_(300)
    yield large
    yield strided(_case(draw, "inputs that are not contiguous", TRIANGLE, 3, 2, "heads"))
    nodes = int(torch.randint(6, 10, (), generator=draw.generator))
    many = torch.randint(nodes, (25, 2), generator=draw.generator).unique(dim=0)
    many = many[torch.randperm(len(many), generator=draw.generator)].tolist()
    yield _case(draw, "a random graph", many, nodes, 2, "heads")


EXERCISE = exercise(
    __name__,
    graph_attention,
    made,
    [
        Property("shape", "new vectors and weights, of the right shapes", 0.5, "shape"),
        Property("one head", "right with one head", 1.0),
        Property("heads", "each head has weights of its own", 1.0),
        Property("nothing", "a node without incoming edges gets zeros", 0.5),
        Property("large", "large scores do not overflow", 0.5),
    ],
    title="Graph attention",
    minutes=7,
    difficulty=2,
    returns=("new", "weights"),
    hints=(
        "A score is the sum of two numbers, one from each end. Compute both for all *nodes* first: `(h * source)` "
        "summed over its last axis has the shape (n, heads).",
        "`edges[0]` holds the senders and `edges[1]` the receivers. Indexing a tensor over nodes with one of them "
        "gives a tensor over edges: add the two numbers there, and apply `F.leaky_relu(..., 0.2)` to the sum.",
        "Next comes a softmax over all edges with the same receiver: your exercise 3, with `edges[1]`.",
        "The message along an edge is its weight times the sender's `h`. The weights are (e, heads) and `h[edges[0]]` "
        "is (e, heads, c), so the weights need a new last axis. Then add up by receiver with `index_add`.",
    ),
    hidden=("labkit.graphs.gat:attention_weights", "labkit.graphs.aggregate:neighbor_softmax"),
)
