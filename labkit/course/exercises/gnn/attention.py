"""Exercise: graph attention with several heads."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.gnn.attention_slips import SLIPS

ONE, TRIANGLE = [(0, 0), (1, 0)], [(0, 1), (1, 2), (2, 0), (0, 2)]


def _case(name: str, edges: Sequence[Sequence[int]], nodes: int, heads: int, draw: torch.Generator, tests: str) -> Case:
    """Random features of three per head, and edges given by hand."""
    h = torch.randn(nodes, heads, 3, generator=draw)
    source, target = (torch.randn(heads, 3, generator=draw) for _ in range(2))
    args = {"h": h, "source": source, "target": target, "edges": torch.tensor(edges).T.contiguous()}
    return Case(name, args, tests, gradients=("h", "source", "target"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """One head and several; edges in no order; a node that nothing leads to; large scores; a random graph."""
    draw = torch.Generator().manual_seed(seed)
    nodes = int(torch.randint(6, 10, (), generator=draw))
    many = torch.randint(nodes, (25, 2), generator=draw).unique(dim=0)
    many = many[torch.randperm(len(many), generator=draw)].tolist()
    large = _case("large scores", TRIANGLE, 3, 2, draw, "large")
    large.args["h"].mul_(300)
    every = [(i, j) for i in range(3) for j in range(3)]
    return [
        _case("two senders, one head", ONE, 2, 1, draw, "one head"),
        _case("a complete graph, one head", every, 3, 1, draw, "one head"),
        _case("two senders, two heads", ONE, 2, 2, draw, "heads"),
        _case("edges in no order, two heads", TRIANGLE, 3, 2, draw, "heads"),
        _case("a complete graph, three heads", every, 3, 3, draw, "heads"),
        _case("a node that nothing leads to", [(0, 1), (2, 1), (1, 1)], 3, 2, draw, "nothing"),
        large,
        replace(_case("inputs that are not contiguous", TRIANGLE, 3, 2, draw, "heads"), strided=("h", "edges")),
        _case("a random graph", many, nodes, 2, draw, "nothing"),
    ]


EXERCISE = Exercise(
    id="gnn.attention",
    title="Graph attention",
    hour=12,
    position=3,
    minutes=6,
    difficulty=2,
    reference="labkit.graphs.gat:graph_attention",
    hidden=("labkit.graphs.gat:attention_weights", "labkit.graphs.aggregate:neighbor_softmax"),
    returns=("read", "weights"),
    cases=cases,
    properties=(
        Property("shape", "what is read and the weights, of the right shapes", 0.5, "shape"),
        Property("one head", "right with one head", 1.0),
        Property("heads", "each head has weights of its own", 1.0),
        Property("nothing", "a node that nothing leads to reads zeros", 0.5),
        Property("large", "large scores do not overflow", 0.5),
        Property("gradients", "right gradients for features and both vectors", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "A score is a sum of two numbers, one from each end, so compute both for all *nodes* first: `(h * source)` "
        "summed over its last axis has the shape (n, heads).",
        "`edges[0]` are the senders and `edges[1]` the receivers. Indexing a tensor over nodes with one of them gives "
        "a tensor over edges: add the two numbers there, and bend the sum with `F.leaky_relu(..., 0.2)`.",
        "Now a softmax over all edges with the same receiver: your exercise 1, third result, with `edges[1]` as index.",
        "What flows along an edge is weight times the sender's `h`. The weights are (e, heads) and `h[edges[0]]` is "
        "(e, heads, c): one needs a new last axis. Then add up by receiver with `index_add`.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
