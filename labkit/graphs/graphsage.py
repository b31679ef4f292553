"""GraphSAGE: learn how to aggregate, not a vector for each node.

Axes: n nodes that send, m nodes that receive, e edges, f features in, g features out, k classes.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.graphs.adjacency import Adjacency, as_adjacency
from labkit.graphs.aggregate import neighbor_mean

Aggregate = Callable[[Adjacency, Tensor], Tensor]


class SAGEConv(nn.Module):
    r"""A node's new vector from its own and an aggregate of its neighbors', each through a map of its own.

    $$x_i' = W_\mathrm{neighbors} \cdot \mathrm{aggregate}_{j \to i} \, x_j + b + W_\mathrm{self} \cdot x_i$$

    `aggregate` is `neighbor_mean` or `neighbor_max` of `labkit.graphs.aggregate`, or any function of an adjacency and
    features. The paper writes one matrix for both vectors side by side, which is the same.
    Hamilton et al. 2017, algorithm 1, https://arxiv.org/abs/1706.02216
    """

    def __init__(self, features: int, out_features: int, aggregate: Aggregate = neighbor_mean):
        super().__init__()
        self.neighbors = nn.Linear(features, out_features)
        self.self = nn.Linear(features, out_features, bias=False)
        self.aggregate = aggregate

    def forward(self, x: Float[Tensor, "n f"], edges: Adjacency | Int[Tensor, "2 e"]) -> Float[Tensor, "m g"]:
        """Of a block with fewer receivers than senders, the receivers are the first rows of `x`."""
        adjacency = as_adjacency(edges, len(x))
        return self.neighbors(self.aggregate(adjacency, x)) + self.self(x[: adjacency.targets])


class GraphSAGE(nn.Module):
    """`depth` layers with ReLU and dropout between, on a whole graph or on sampled blocks, one for each layer.

    Hamilton et al. 2017, algorithms 1 and 2, https://arxiv.org/abs/1706.02216
    """

    def __init__(
        self,
        features: int,
        hidden: int,
        classes: int,
        depth: int = 2,
        dropout: float = 0.0,
        aggregate: Aggregate = neighbor_mean,
    ):
        super().__init__()
        if depth < 1:
            raise ValueError(f"a GraphSAGE has at least one layer, not {depth}")
        widths = [features, *[hidden] * (depth - 1), classes]
        self.convs = nn.ModuleList(SAGEConv(f, g, aggregate) for f, g in pairwise(widths))
        self.dropout = dropout

    def forward(
        self, x: Float[Tensor, "n f"], edges: Adjacency | Int[Tensor, "2 e"] | Sequence[Adjacency]
    ) -> Float[Tensor, "m k"]:
        """Scores of all nodes, or with a list of blocks, outermost first, those of the last block's receivers.

        Raises ValueError where there is not one block for each layer.
        """
        if not isinstance(edges, Sequence):
            edges = [as_adjacency(edges, len(x))] * len(self.convs)
        if len(edges) != len(self.convs):
            raise ValueError(f"{len(self.convs)} layers need {len(self.convs)} blocks, not {len(edges)}")
        for conv, block in zip(self.convs, edges, strict=True):
            x = conv(F.dropout(x, self.dropout, self.training), block)
            x = x if conv is self.convs[-1] else F.relu(x)
        return x
