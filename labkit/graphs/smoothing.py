"""How alike the nodes of a graph have become: two measures of over-smoothing.

Axes: n nodes, e edges, d width. Row 0 of `edges` sends, row 1 receives; undirected edges stand there twice.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.graphs.adjacency import check_edges


def dirichlet_energy(x: Float[Tensor, "n d"], edges: Int[Tensor, "2 e"]) -> Float[Tensor, ""]:
    r"""How much neighbors differ: the quadratic form of the normalized Laplacian with self-loops.

    $$E(X) = \mathrm{tr}(X^\top \tilde\Delta X) = \frac12 \sum_{i \sim j}
    \Big\| \frac{x_i}{\sqrt{1 + d_i}} - \frac{x_j}{\sqrt{1 + d_j}} \Big\|^2$$

    with the sum over both directions of every edge. Loops add nothing, and do not count as edges of $d_i$.
    Cai and Wang 2020, https://arxiv.org/abs/2006.13318
    """
    edges = check_edges(edges, len(x), len(x))
    source, target = edges[:, edges[0] != edges[1]]
    degree = torch.bincount(target, minlength=len(x))
    scaled = x / (1 + degree).sqrt()[:, None].to(x.dtype)
    return (scaled[source] - scaled[target]).square().sum() / 2


def relative_energy(x: Float[Tensor, "n d"], edges: Int[Tensor, "2 e"]) -> Float[Tensor, ""]:
    r"""The energy for each unit of length, $E(X) / \|X\|^2$: between 0 and 2, whatever the scale of `x`."""
    return dirichlet_energy(x, edges) / x.square().sum().clamp(min=torch.finfo(x.dtype).tiny)


def mean_distance(x: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """The mean cosine distance of two different nodes, between 0 and 2: 0 where all point the same way.

    A node of zeros counts as being at a right angle to all others. Takes time linear in the nodes.
    """
    if len(x) < 2:
        raise ValueError(f"a distance takes two nodes, and there are {len(x)}")
    unit = torch.nn.functional.normalize(x, dim=1)
    pairs = unit.sum(0).square().sum() - unit.square().sum()  # all cosines but those with oneself
    return 1 - pairs / (len(x) * (len(x) - 1))
