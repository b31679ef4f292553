"""The graph convolution.

Axes: n nodes, e edges, f features in, g features out, k classes. Row 0 of `edges` sends, row 1 receives.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.graphs.adjacency import Adjacency, as_adjacency, check_edges, with_loops
from labkit.graphs.aggregate import neighbor_sum
from labkit.nn.kinds import wide


def symmetric_normalization(
    edges: Int[Tensor, "2 e"], nodes: int, weights: Float[Tensor, " e"] | None = None
) -> tuple[Int[Tensor, "2 l"], Float[Tensor, " l"]]:
    r"""The entries of the normalized adjacency that are not zero: their places and their values, never a matrix.

    $$\hat A = A + I, \qquad d_i = \sum_j \hat A_{ij}, \qquad w_{ij} = \hat A_{ij} / \sqrt{d_i d_j}$$

    Every node gets one loop: of the weight of its own loop if there is one, else of weight 1. Edges without `weights`
    weigh 1. Kipf and Welling 2017, eq. 8, https://arxiv.org/abs/1609.02907
    """
    edges = check_edges(edges, nodes, nodes)
    weights = torch.ones(edges.shape[1], device=edges.device) if weights is None else weights
    loop = edges[0] == edges[1]
    own = weights.new_ones(nodes).index_copy(0, edges[0, loop], weights[loop])  # n
    edges, weights = with_loops(edges, nodes), torch.cat([weights[~loop], own])
    degree = wide(weights).new_zeros(nodes).index_add(0, edges[1], wide(weights))
    scale = inverse_root(degree)
    return edges, (scale[edges[0]] * weights * scale[edges[1]]).to(weights.dtype)


def inverse_root(degree: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """One over the square root of the degree; zero for a node without edges."""
    return degree.rsqrt().masked_fill(degree <= 0, 0.0)


def normalized_adjacency(
    edges: Int[Tensor, "2 e"], nodes: int, weights: Float[Tensor, " e"] | None = None
) -> Adjacency:
    """`symmetric_normalization`, sorted: make it once, and give it to every layer in every step."""
    edges, weights = symmetric_normalization(edges, nodes, weights)
    return Adjacency(edges, nodes, weights=weights)


def normalized_for(
    x: Float[Tensor, "n f"], edges: Int[Tensor, "2 e"], weights: Float[Tensor, " e"] | None = None
) -> Adjacency:
    """The normalized adjacency for features `x`, with entries as precise as they are, and at least float32."""
    if weights is None and edges.ndim == 2:
        kind = torch.promote_types(x.dtype, torch.float32)
        weights = torch.ones(edges.shape[1], dtype=kind, device=edges.device)
    return normalized_adjacency(edges, len(x), weights)


class GCNConv(nn.Module):
    r"""Every node averages itself and its neighbors, then all share one linear map.

    $$X' = \hat D^{-1/2} \hat A \hat D^{-1/2} X \Theta + b, \qquad \hat A = A + I$$

    Kipf and Welling 2017, eq. 8, https://arxiv.org/abs/1609.02907
    """

    def __init__(self, features: int, out_features: int):
        super().__init__()
        self.linear = nn.Linear(features, out_features, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_features))
        nn.init.xavier_uniform_(self.linear.weight)

    def forward(
        self,
        x: Float[Tensor, "n f"],
        edges: Adjacency | Int[Tensor, "2 e"],
        weights: Float[Tensor, " e"] | None = None,
    ) -> Float[Tensor, "n g"]:
        """`edges` with their `weights` (1 where None), or what `normalized_adjacency` has made of them.

        Raises ValueError for an adjacency that is not normalized, or of another number of nodes.
        """
        made = isinstance(edges, Adjacency)
        if made and (edges.weights is None or weights is not None):
            raise ValueError("GCNConv takes edges and their weights, or a normalized_adjacency(edges, nodes, weights)")
        adjacency = as_adjacency(edges, len(x)) if made else normalized_for(x, edges, weights)
        narrow = self.linear.in_features < self.linear.out_features
        x = neighbor_sum(adjacency, x, adjacency.weights) if narrow else self.linear(x)  # sum the narrower side
        return (self.linear(x) if narrow else neighbor_sum(adjacency, x, adjacency.weights)) + self.bias


class GCN(nn.Module):
    r"""`depth` graph convolutions with ReLU and dropout between; the last gives a score for each class.

    $$Z = \hat P \, \mathrm{ReLU}(\hat P X \Theta_1) \, \Theta_2, \qquad \hat P = \hat D^{-1/2} \hat A \hat D^{-1/2}$$

    for a depth of two. With `residual`, every layer between the first and the last adds its input to its result.
    Kipf and Welling 2017, eq. 9 and appendix B, https://arxiv.org/abs/1609.02907
    """

    def __init__(
        self, features: int, hidden: int, classes: int, depth: int = 2, dropout: float = 0.5, residual: bool = False
    ):
        super().__init__()
        if depth < 1:
            raise ValueError(f"a GCN has at least one layer, not {depth}")
        widths = [features, *[hidden] * (depth - 1), classes]
        self.convs = nn.ModuleList(GCNConv(f, g) for f, g in pairwise(widths))
        self.dropout, self.residual = dropout, residual

    def states(self, x: Float[Tensor, "n f"], edges: Adjacency | Int[Tensor, "2 e"]) -> list[Float[Tensor, "n _"]]:
        """What every node holds after each layer; the last are the scores."""
        if not isinstance(edges, Adjacency):
            edges = normalized_for(x, edges)
        states = []
        for conv in self.convs:
            new = conv(F.dropout(x, self.dropout, self.training), edges)
            if conv is not self.convs[-1]:
                new = F.relu(new) + x if self.residual and new.shape == x.shape else F.relu(new)
            states.append(x := new)
        return states

    def forward(self, x: Float[Tensor, "n f"], edges: Adjacency | Int[Tensor, "2 e"]) -> Float[Tensor, "n k"]:
        """The scores of each node."""
        return self.states(x, edges)[-1]
