"""Graphs: one real one, and families drawn from a seed.

Axes: n nodes, m edges, f features, b graphs in a batch. Row 0 of `edges` sends, row 1 receives; an undirected edge
stands there in both directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import accumulate

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from labkit.nn.kinds import as_index


@dataclass
class Graph:
    """A graph, or several side by side that no edge connects: `graph` then says of which each node is."""

    edges: Int[Tensor, "2 m"]
    x: Float[Tensor, "n f"]
    y: Tensor  # a class for each node, or a number for each graph
    train: Bool[Tensor, " n"] | None = None
    validation: Bool[Tensor, " n"] | None = None
    test: Bool[Tensor, " n"] | None = None
    edge_features: Float[Tensor, "m _"] | None = None
    graph: Int[Tensor, " n"] | None = None

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.x)

    def to(self, device: torch.device | str) -> "Graph":
        """The same graph on a device."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Graph(**{name: value if value is None else value.to(device) for name, value in values.items()})

    def without_edges_of(self, nodes: Bool[Tensor, " n"]) -> "Graph":
        """The graph as it looks before these nodes are known: no edge leads to or from them."""
        sends, receives = as_index(self.edges, "edges")
        kept = ~(nodes[sends] | nodes[receives])
        features = None if self.edge_features is None else self.edge_features[kept]
        return replace(self, edges=self.edges[:, kept], edge_features=features)


def disjoint_union(graphs: Sequence[Graph]) -> Graph:
    """Several graphs as one: nodes are numbered on, and `graph` says which graph each node came from.

    Raises ValueError if there is none, or if some have edge features and others do not.
    """
    if not graphs:
        raise ValueError("a union of no graphs: pass at least one")
    features = [graph.edge_features for graph in graphs if graph.edge_features is not None]
    if len(features) not in (0, len(graphs)):
        raise ValueError(f"{len(features)} of {len(graphs)} graphs have edge features: all of them need some, or none")
    counts = torch.tensor([graph.nodes for graph in graphs], device=graphs[0].x.device)
    shifts = list(accumulate((graph.nodes for graph in graphs), initial=0))[:-1]
    nodes = torch.cat([graph.x for graph in graphs])
    return Graph(
        torch.cat([as_index(graph.edges, "edges") + shift for graph, shift in zip(graphs, shifts, strict=True)], dim=1),
        nodes,
        torch.cat([graph.y for graph in graphs]),
        edge_features=torch.cat(features) if features else None,
        graph=torch.arange(len(graphs), device=counts.device).repeat_interleave(counts, output_size=len(nodes)),
    )


def karate_club() -> Graph:
    """Zachary's 34 members of a karate club and who met whom outside of it, before the club split in two.

    The label is the side taken: 0 with the teacher (node 0), 1 with the officer (node 33). There are no features but
    who one is: `x` is the identity. Only the two leaders' labels are given for training.
    Zachary 1977, https://doi.org/10.1086/jar.33.4.3629752
    """
    import networkx

    club = networkx.karate_club_graph()
    one_way = torch.tensor(list(club.edges)).T
    sides = torch.tensor([int(club.nodes[node]["club"] == "Officer") for node in club])
    train = torch.zeros(34, dtype=torch.bool)
    train[[0, 33]] = True
    return Graph(both_ways(one_way), torch.eye(34), sides, train=train, test=~train)


def both_ways(edges: Int[Tensor, "2 m"]) -> Int[Tensor, "2 _"]:
    """Every edge in both directions, once; no loops."""
    edges = as_index(edges, "edges")
    edges = edges[:, edges[0] != edges[1]]
    return torch.cat([edges, edges.flip(0)], dim=1).unique(dim=1)


def stochastic_block_model(
    sizes: Sequence[int], probabilities: Float[Tensor, "k k"], generator: torch.Generator
) -> tuple[Int[Tensor, "2 _"], Int[Tensor, " n"]]:
    """Undirected edges, each with the probability of the blocks of its ends, and the block of each node.

    Takes time and memory linear in the edges, not in the pairs. Holland et al. 1983.
    Raises ValueError unless `probabilities` is symmetric, between 0 and 1, with a row for each size.
    """
    blocks = len(sizes)
    if probabilities.shape != (blocks, blocks) or not torch.equal(probabilities, probabilities.T):
        raise ValueError(f"{blocks} blocks need a symmetric ({blocks}, {blocks}) matrix of probabilities")
    if probabilities.min() < 0 or probabilities.max() > 1:
        raise ValueError("probabilities lie between 0 and 1")
    starts = torch.tensor([0, *sizes]).cumsum(0).tolist()
    found = []
    for a in range(blocks):
        for b in range(a, blocks):
            pairs = sizes[a] * (sizes[a] - 1) // 2 if a == b else sizes[a] * sizes[b]
            chosen = _distinct(pairs, float(probabilities[a, b]), generator)
            low, high = _triangle(chosen) if a == b else (chosen % sizes[a], chosen // sizes[a])
            found.append(torch.stack([low + starts[a], high + starts[b]]))
    return both_ways(torch.cat(found, dim=1)), torch.arange(blocks).repeat_interleave(torch.tensor(sizes))


def _distinct(total: int, probability: float, generator: torch.Generator) -> Int[Tensor, " _"]:
    """Each of `total` numbers with the given probability, without going through all of them."""
    mean = torch.tensor(float(total), dtype=torch.float64)
    wanted = int(torch.binomial(mean, torch.tensor(probability, dtype=torch.float64), generator=generator))
    if wanted > total // 2:
        return torch.randperm(total, generator=generator)[:wanted]
    found = torch.empty(0, dtype=torch.long)
    while len(found) < wanted:  # a few rounds: at least half of what is drawn is new
        found = torch.cat([found, torch.randint(total, (2 * wanted,), generator=generator)]).unique()
    return found[torch.randperm(len(found), generator=generator)[:wanted]]


def _triangle(numbers: Int[Tensor, " p"]) -> tuple[Int[Tensor, " p"], Int[Tensor, " p"]]:
    """The pairs low < high, counted 01, 02, 12, 03, 13, 23, ...: number to pair."""
    high = ((1 + (1 + 8 * numbers.double()).sqrt()) / 2).long()
    high -= (high * (high - 1) // 2 > numbers).long()  # where the root was rounded up
    return numbers - high * (high - 1) // 2, high


def split(
    y: Int[Tensor, " n"], labelled: int, validation: float, generator: torch.Generator
) -> tuple[Bool[Tensor, " n"], Bool[Tensor, " n"], Bool[Tensor, " n"]]:
    """Masks for training, validation and test: `labelled` nodes of each class, a share of the rest, and the others."""
    train = torch.zeros(len(y), dtype=torch.bool, device=y.device)
    order = torch.randperm(len(y), generator=generator, device=generator.device).to(y.device)
    for label in y.unique():
        train[order[y[order] == label][:labelled]] = True
    rest = order[~train[order]]
    held = torch.zeros_like(train)
    held[rest[: int(validation * len(rest))]] = True
    return train, held, ~(train | held)
