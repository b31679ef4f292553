"""GCNII: a graph convolution for great depth.

Axes: n nodes, e edges, f features in, d width, k classes.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.graphs.adjacency import Adjacency, as_adjacency
from labkit.graphs.aggregate import neighbor_sum
from labkit.graphs.gcn import normalized_for


class GCNIIConv(nn.Module):
    r"""Averages, mixes a share $\alpha$ of the first layer's state back in, and changes it the less the deeper it is.

    $$H' = \big((1 - \alpha) \hat P H + \alpha H_0\big)\big((1 - \beta) I + \beta W\big), \qquad
    \beta = \log(\lambda / \ell + 1)$$

    in layer $\ell$, counted from 1. Chen et al. 2020, eqs. 5 and 6, https://arxiv.org/abs/2007.02133
    """

    def __init__(self, width: int, layer: int, alpha: float = 0.1, strength: float = 0.5):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width, width))
        nn.init.xavier_uniform_(self.weight)
        self.alpha, self.beta = alpha, math.log(strength / layer + 1)

    def forward(
        self, h: Float[Tensor, "n d"], first: Float[Tensor, "n d"], adjacency: Adjacency
    ) -> Float[Tensor, "n d"]:
        """`first` is the state before the first layer; `adjacency` is normalized."""
        adjacency = as_adjacency(adjacency, len(h))
        mixed = torch.lerp(neighbor_sum(adjacency, h, adjacency.weights), first, self.alpha)
        return torch.lerp(mixed, mixed @ self.weight, self.beta)


class GCNII(nn.Module):
    """A linear layer, `depth` GCNII convolutions with ReLU, and a linear layer.

    Chen et al. 2020, https://arxiv.org/abs/2007.02133
    """

    def __init__(self, features: int, hidden: int, classes: int, depth: int, dropout: float = 0.5):
        super().__init__()
        self.embed, self.out = nn.Linear(features, hidden), nn.Linear(hidden, classes)
        self.convs = nn.ModuleList(GCNIIConv(hidden, layer) for layer in range(1, depth + 1))
        self.dropout = dropout

    def states(self, x: Float[Tensor, "n f"], edges: Adjacency | Int[Tensor, "2 e"]) -> list[Float[Tensor, "n _"]]:
        """What every node holds after each layer; the last are the scores."""
        adjacency = edges if isinstance(edges, Adjacency) else normalized_for(x, edges)
        first = h = F.relu(self.embed(F.dropout(x, self.dropout, self.training)))
        states = [first]
        for conv in self.convs:
            h = F.relu(conv(F.dropout(h, self.dropout, self.training), first, adjacency))
            states.append(h)
        return [*states, self.out(h)]

    def forward(self, x: Float[Tensor, "n f"], edges: Adjacency | Int[Tensor, "2 e"]) -> Float[Tensor, "n k"]:
        """The scores of each node."""
        return self.states(x, edges)[-1]
