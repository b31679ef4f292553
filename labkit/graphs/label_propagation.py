"""Label propagation: known labels flow along the edges; nothing is learned.

Axes: n nodes, e edges, k classes.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from labkit.graphs.adjacency import Adjacency
from labkit.graphs.aggregate import neighbor_sum
from labkit.graphs.gcn import inverse_root
from labkit.nn.kinds import as_index


def label_propagation(
    y: Int[Tensor, " n"],
    known: Bool[Tensor, " n"],
    edges: Int[Tensor, "2 e"],
    classes: int,
    steps: int = 50,
    keep: float = 0.9,
) -> Float[Tensor, "n k"]:
    r"""How much of each label reaches each node: $Y \leftarrow \alpha D^{-1/2} A D^{-1/2} Y + (1 - \alpha) Y_0$.

    $\alpha$ is `keep`. Zhou et al. 2004, Learning with local and global consistency,
    https://papers.nips.cc/paper/2506-learning-with-local-and-global-consistency
    """
    y, edges = as_index(y, "labels"), as_index(edges, "edges")
    start = F.one_hot(y.where(known, 0), classes).float() * known[:, None]
    scale = inverse_root(torch.bincount(edges[1], minlength=len(y)).float())
    adjacency = Adjacency(edges, len(y), weights=scale[edges[0]] * scale[edges[1]])
    spread = start
    for _ in range(steps):
        spread = keep * neighbor_sum(adjacency, spread, adjacency.weights) + (1 - keep) * start
    return spread
