"""The Weisfeiler-Lehman test: what message passing can tell apart, and what not.

Axes: n nodes, e edges, b graphs.
"""

import torch
from jaxtyping import Int
from torch import Tensor

from labkit.graphs.adjacency import Adjacency
from labkit.nn.kinds import as_index


def refine(
    edges: Int[Tensor, "2 e"], nodes: int, rounds: int, colors: Int[Tensor, " n"] | None = None
) -> Int[Tensor, " n"]:
    r"""Color every node by its own color and the multiset of its neighbors' colors, `rounds` times over.

    $$c_i \leftarrow \mathrm{name}\big(c_i, \{\!\{ c_j : j \to i \}\!\}\big)$$

    Nodes of all graphs that are to be compared go in together. No message passing network tells nodes apart that share
    a color after as many rounds as it has layers. Xu et al. 2019, lemma 2, https://arxiv.org/abs/1810.00826
    """
    adjacency, device = Adjacency(edges, nodes), edges.device
    colors = torch.zeros(nodes, dtype=torch.long, device=device) if colors is None else as_index(colors, "colors")
    for _ in range(rounds):
        senders = colors[adjacency.source].split(adjacency.degree.tolist())
        seen = [(own, *sorted(around.tolist())) for own, around in zip(colors.tolist(), senders, strict=True)]
        names = {pattern: number for number, pattern in enumerate(sorted(set(seen)))}
        colors = torch.tensor([names[pattern] for pattern in seen], dtype=torch.long, device=device)
    return colors


def tells_apart(
    edges: Int[Tensor, "2 e"], graph: Int[Tensor, " n"], rounds: int, colors: Int[Tensor, " n"] | None = None
) -> bool:
    """Whether two graphs, given as one union, have other color counts after `rounds` of refinement.

    Raises ValueError unless `graph` names exactly two graphs, 0 and 1.
    """
    if graph.unique().tolist() != [0, 1]:
        raise ValueError(f"the test compares graphs 0 and 1, not {graph.unique().tolist()}")
    found = refine(edges, len(graph), rounds, colors)
    counts = [torch.bincount(found[graph == side], minlength=int(found.max()) + 1) for side in (0, 1)]
    return not torch.equal(*counts)
