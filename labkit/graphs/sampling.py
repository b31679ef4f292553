"""Neighbors drawn at random, so that a training step costs the same on a graph of any size.

Axes: n nodes, e edges, b nodes asked for, q edges into them, p neighbors picked. Row 0 of `edges` sends, row 1
receives.
"""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.graphs.adjacency import Adjacency
from labkit.nn.kinds import as_index


def pick_neighbors(
    offsets: Int[Tensor, " starts"],
    senders: Int[Tensor, " e"],
    nodes: Int[Tensor, " b"],
    count: int,
    keys: Float[Tensor, " q"],
) -> tuple[Int[Tensor, " p"], Int[Tensor, " p"]]:
    """For each of `nodes` the `count` neighbors with the smallest keys, or all where there are fewer.

    The senders of the edges into node i are `senders[offsets[i]:offsets[i + 1]]`. `keys` has a number for each edge
    into the nodes asked for, node by node; random ones make this a draw without replacement. Returns the neighbors
    picked, and of each its row, the place in `nodes` it was picked for: sorted by row, and in a row by key.
    Hamilton et al. 2017, section 3.1, https://arxiv.org/abs/1706.02216
    """
    nodes = as_index(nodes, "nodes")
    start, degree = offsets[nodes], offsets.diff()[nodes]  # b
    row = torch.arange(len(nodes), device=nodes.device).repeat_interleave(degree)  # q
    if keys.shape != row.shape:
        raise ValueError(f"{len(row)} edges lead to these nodes, and there are {len(keys)} keys: draw one for each")
    rank = torch.arange(len(row), device=nodes.device) - (degree.cumsum(0) - degree)[row]  # 0, 1, ... in each row
    edge = start[row] + rank
    by_key = keys.argsort()
    order = by_key[row[by_key].argsort(stable=True)]  # by row, then by key; the rows stand where they stood
    kept = rank < count
    return senders[edge[order][kept]], row[kept]


class NeighborSampler:
    """Draws, for a batch of nodes, the part of the graph that a network of `len(counts)` layers needs for them.

    `counts` says how many neighbors of each node are drawn, in the order of the layers. A neighbor is drawn at most
    once, and a node with fewer neighbors than wanted gets all it has: the mean over a draw is the true mean on average,
    and exactly right at nodes of low degree. (The paper draws with replacement there.) Takes memory linear in the graph
    once, and for each draw time linear in the edges into the nodes drawn.
    Hamilton et al. 2017, algorithm 2, https://arxiv.org/abs/1706.02216
    """

    def __init__(self, edges: Int[Tensor, "2 e"], nodes: int, counts: Sequence[int]):
        if not counts or min(counts) < 1:
            raise ValueError(f"counts are how many neighbors each layer draws, such as (10, 10), not {counts}")
        adjacency = Adjacency(edges, nodes)
        self.offsets, self.senders, self.counts = adjacency.offsets, adjacency.source, tuple(counts)
        self.places = torch.full((nodes,), -1, device=edges.device)  # where a node stands in the draw; -1: nowhere

    def sample(
        self, targets: Int[Tensor, " b"], generator: torch.Generator
    ) -> tuple[Int[Tensor, " _"], list[Adjacency]]:
        """The nodes whose features are needed, and a block for each layer, from those nodes down to `targets`.

        A block leads to its first `targets` nodes, and these are the senders of the next block. The first nodes
        returned are `targets` in their order. Raises ValueError if a node is asked for twice.
        """
        if len(targets.unique()) < len(targets):
            raise ValueError("a node was asked for twice in one batch: pass each once")
        nodes, blocks = as_index(targets, "targets"), []
        for count in reversed(self.counts):
            nodes, block = self._widen(nodes, count, generator)
            blocks.append(block)
        return nodes, blocks[::-1]

    def _widen(
        self, nodes: Int[Tensor, " b"], count: int, generator: torch.Generator
    ) -> tuple[Int[Tensor, " _"], Adjacency]:
        """Draw neighbors of `nodes`: all nodes of both kinds, those asked for first, and the edges between."""
        edges = int(self.offsets.diff()[nodes].sum())
        keys = torch.rand(edges, generator=generator, device=generator.device).to(nodes.device)
        picked, row = pick_neighbors(self.offsets, self.senders, nodes, count, keys)
        self.places[nodes] = torch.arange(len(nodes), device=nodes.device)
        fresh = picked[self.places[picked] < 0].unique()
        self.places[fresh] = torch.arange(len(nodes), len(nodes) + len(fresh), device=nodes.device)
        sources = torch.cat([nodes, fresh])
        block = Adjacency(torch.stack([self.places[picked], row]), len(sources), len(nodes))
        self.places[sources] = -1
        return sources, block

    def batches(
        self, targets: Int[Tensor, " _"], size: int, generator: torch.Generator
    ) -> Iterator[tuple[Int[Tensor, " _"], list[Adjacency]]]:
        """One pass over `targets` in random order: a draw for each `size` of them."""
        order = torch.randperm(len(targets), generator=generator, device=generator.device).to(targets.device)
        for batch in targets[order].split(size):
            yield self.sample(batch, generator)
