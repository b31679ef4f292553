"""A graph's edges in the order of the nodes that receive, so that sums over neighbors run through memory in order.

Axes: e edges, n nodes that send, m nodes that receive (usually the same ones). Row 0 of `edges` sends, row 1 receives.
"""

from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.nn.kinds import as_index, reaches_beyond


class Adjacency:
    r"""The matrix $A$ with $A_{ij} \ne 0$ where node $j$ sends to node $i$, without its zeros: compressed sparse rows.

    `source` and `target` are the two ends of every edge, sorted by target; `order` says which of the given edges
    stands where; the edges into node i are `offsets[i]` to `offsets[i + 1]`. `weights`, if given, are sorted along.
    Where `targets` is less than `sources`, the nodes that receive are the first of those that send.
    Nodes may be numbered by any integer type. Raises ValueError for edges that are not (2, e), lead to nodes that are
    not there, or have other than e weights, and TypeError for edges that are not integers.
    """

    def __init__(
        self,
        edges: Int[Tensor, "..."],
        sources: int,
        targets: int | None = None,
        weights: Float[Tensor, "..."] | None = None,
    ):
        self.sources, self.targets = sources, sources if targets is None else targets
        edges = check_edges(edges, self.sources, self.targets)
        if weights is not None and weights.shape != edges.shape[1:]:
            raise ValueError(
                f"{edges.shape[1]} edges need weights of shape ({edges.shape[1]},), not {(*weights.shape,)}"
            )
        self.order = order_by(edges[1])
        self.source, self.target = edges[0][self.order], edges[1][self.order]
        self.weights = None if weights is None else weights[self.order]
        self.offsets = row_starts(self.target, self.targets)

    @property
    def edges(self) -> Int[Tensor, "2 e"]:
        """The edges, sorted by target."""
        return torch.stack([self.source, self.target])

    @cached_property
    def degree(self) -> Int[Tensor, " m"]:
        """How many edges lead into each node."""
        return self.offsets.diff()

    @cached_property
    def reverse(self) -> tuple[Int[Tensor, " e"], Int[Tensor, " e"], Int[Tensor, " starts"]]:
        """The transposed matrix, for gradients: the order by source, targets in it, and each source's first edge."""
        order = order_by(self.source)
        return order, self.target[order], row_starts(self.source[order], self.sources)


def as_adjacency(edges: Adjacency | Int[Tensor, "2 e"], nodes: int) -> Adjacency:
    """The edges as an `Adjacency` of `nodes` nodes; one that is sorted already is taken as it is, if it fits.

    Raises ValueError where it is of another number of nodes.
    """
    if not isinstance(edges, Adjacency):
        return Adjacency(edges, nodes)
    if edges.sources != nodes:
        raise ValueError(f"the features are of {nodes} nodes, and the edges come from {edges.sources}")
    return edges


def with_loops(edges: Int[Tensor, "2 e"], nodes: int) -> Int[Tensor, "2 l"]:
    """The edges with exactly one loop at every node: loops that are there already are taken out first."""
    edges, own = as_index(edges, "edges"), torch.arange(nodes, device=edges.device).expand(2, -1)
    return torch.cat([edges[:, edges[0] != edges[1]], own], dim=1)


def check_edges(edges: Int[Tensor, "..."], sources: int, targets: int) -> Int[Tensor, "2 e"]:
    """The edges as int64. Raises ValueError unless they are (2, e) and lead from `sources` nodes to `targets`."""
    if edges.ndim != 2 or len(edges) != 2:
        raise ValueError(f"edges are of shape (2, e), senders above receivers, not {(*edges.shape,)}")
    if targets > sources:
        raise ValueError(f"the {targets} nodes that receive must be among the {sources} that send")
    edges = as_index(edges, "edges")
    for row, count, what in zip(edges, (sources, targets), ("sender", "receiver"), strict=True):
        if reaches_beyond(row, count):
            low, high = int(row.min()), int(row.max())
            raise ValueError(f"nodes count from 0 to {count - 1}, and the {what}s of these edges from {low} to {high}")
    return edges


def order_by(rows: Int[Tensor, " e"]) -> Int[Tensor, " e"]:
    """The order in which row numbers grow; equal ones stay as they stood."""
    if rows.device.type != "cpu":
        return rows.argsort(stable=True)
    places = np.arange(len(rows))  # number and place in one key: numpy sorts those several times as fast as torch
    return torch.from_numpy(np.sort((rows.numpy() << 32) | places) & 0xFFFFFFFF)


def row_starts(rows: Int[Tensor, " e"], count: int) -> Int[Tensor, " _"]:
    """Where each of `count` rows begins in a sorted list of row numbers, and where the last one ends."""
    return torch.searchsorted(rows, torch.arange(count + 1, device=rows.device))
