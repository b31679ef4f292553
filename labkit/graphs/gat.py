"""Graph attention.

Axes: n nodes, e edges, f features in, h heads, c features out of each head.
"""

import torch
import torch.nn.functional as F
from einops import rearrange, reduce
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.graphs.adjacency import Adjacency, as_adjacency, with_loops
from labkit.graphs.aggregate import from_sources, from_targets, head_sum, neighbor_softmax


class GATConv(nn.Module):
    r"""Every node reads a weighted mean of itself and its neighbors, with weights that depend on both ends.

    $$h_i = W x_i, \qquad s_{ij} = \mathrm{LeakyReLU}\big(a_\mathrm{source}^\top h_j + a_\mathrm{target}^\top h_i\big),
    \qquad x_i' = \sum_{j \to i} \mathrm{softmax}_j(s_{ij}) \, h_j + b$$

    for each head; the results of the heads are laid side by side, or averaged with `concat=False`. Which neighbor comes
    first is the same for every node that looks (see `GATv2Conv`).
    Veličković et al. 2018, eqs. 1 to 6, https://arxiv.org/abs/1710.10903
    """

    def __init__(
        self,
        features: int,
        out_features: int,
        heads: int = 1,
        concat: bool = True,
        slope: float = 0.2,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.heads, self.concat, self.slope, self.dropout = heads, concat, slope, dropout
        self.linear = nn.Linear(features, heads * out_features, bias=False)
        self.source, self.target = (nn.Parameter(torch.empty(heads, out_features)) for _ in range(2))
        self.bias = nn.Parameter(torch.zeros(heads * out_features if concat else out_features))
        for weight in (self.linear.weight, self.source, self.target):
            nn.init.xavier_uniform_(weight)

    def attention(self, h: Float[Tensor, "n h c"], adjacency: Adjacency) -> Float[Tensor, "e h"]:
        """The weight of every edge in each head, in the order of the adjacency."""
        return attention_weights(h, self.source, self.target, adjacency, self.slope)

    def forward(self, x: Float[Tensor, "n f"], edges: Adjacency | Int[Tensor, "2 e"]) -> Float[Tensor, "m _"]:
        """`edges` get a loop at each node; an `Adjacency` is taken as it is."""
        adjacency = looped(edges, len(x))
        h = rearrange(self.linear(x), "n (h c) -> n h c", h=self.heads)
        weights = F.dropout(self.attention(h, adjacency), self.dropout, self.training)
        return merged(head_sum(adjacency, h, weights), self.concat) + self.bias


class GAT(nn.Module):
    """`depth` layers of graph attention with ELU between; the last averages its heads into a score for each class.

    `hidden` is the width of all heads together, and `conv` may be `GATv2Conv`. `dropout` acts on each layer's input and
    on its attention weights. Raises ValueError where `heads` does not divide `hidden`.
    Veličković et al. 2018, section 3.3, https://arxiv.org/abs/1710.10903
    """

    def __init__(
        self,
        features: int,
        hidden: int,
        classes: int,
        heads: int = 4,
        depth: int = 2,
        dropout: float = 0.0,
        conv: type[nn.Module] = GATConv,
    ):
        super().__init__()
        if depth < 1:
            raise ValueError(f"a GAT has at least one layer, not {depth}")
        if hidden % heads:
            raise ValueError(f"a hidden width of {hidden} does not divide into {heads} heads")
        widths = [features, *[hidden] * (depth - 1)]
        layers = [conv(f, hidden // heads, heads, dropout=dropout) for f in widths[:-1]]
        last = conv(widths[-1], classes, heads, concat=False, dropout=dropout)
        self.convs = nn.ModuleList([*layers, last])
        self.dropout = dropout

    def forward(self, x: Float[Tensor, "n f"], edges: Adjacency | Int[Tensor, "2 e"]) -> Float[Tensor, "n k"]:
        """The scores of each node."""
        adjacency = looped(edges, len(x))
        for conv in self.convs:
            x = conv(F.dropout(x, self.dropout, self.training), adjacency)
            x = x if conv is self.convs[-1] else F.elu(x)
        return x


def attention_weights(
    h: Float[Tensor, "n h c"],
    source: Float[Tensor, "h c"],
    target: Float[Tensor, "h c"],
    adjacency: Adjacency,
    slope: float = 0.2,
) -> Float[Tensor, "e h"]:
    """How much every node reads from each of its senders, in the order of the adjacency."""
    sends, receives = (h * source).sum(-1), (h[: adjacency.targets] * target).sum(-1)  # n h, m h
    scores = from_sources(adjacency, sends) + from_targets(adjacency, receives)
    return neighbor_softmax(adjacency, F.leaky_relu(scores, slope))


def graph_attention(
    h: Float[Tensor, "n h c"],
    source: Float[Tensor, "h c"],
    target: Float[Tensor, "h c"],
    edges: Int[Tensor, "2 e"],
    slope: float = 0.2,
) -> tuple[Float[Tensor, "n h c"], Float[Tensor, "e h"]]:
    """The attention of one layer between its linear map and its bias: what was read, and the weight of every edge.

    Loops are up to the caller. A node that nothing leads to reads zeros. See `GATConv` for the equations.
    """
    adjacency = Adjacency(edges, len(h))
    weights = attention_weights(h, source, target, adjacency, slope)
    return head_sum(adjacency, h, weights), weights[adjacency.order.argsort()]


def looped(edges: Adjacency | Int[Tensor, "2 e"], nodes: int) -> Adjacency:
    """The edges, each node with one loop; an `Adjacency` as it is."""
    return as_adjacency(edges if isinstance(edges, Adjacency) else with_loops(edges, nodes), nodes)


def merged(heads: Float[Tensor, "m h c"], concat: bool) -> Float[Tensor, "m _"]:
    """The heads side by side, or their mean."""
    return rearrange(heads, "m h c -> m (h c)") if concat else reduce(heads, "m h c -> m c", "mean")
