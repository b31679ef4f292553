"""Message passing over edges that have features of their own, and a readout of the whole graph.

Axes: n nodes of all graphs of a batch, e edges, b graphs, f features of a node, r features of an edge, d width.
"""

import torch
from einops import einsum, rearrange
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.graphs.adjacency import Adjacency
from labkit.graphs.aggregate import edge_sum, from_sources
from labkit.graphs.readout import Readout, Set2Set


class EdgeNetwork(nn.Module):
    r"""Messages through a matrix for each edge, which a small network makes from the edge's features.

    $$m_i = \sum_{j \to i} A(e_{ij}) \, h_j$$

    Gilmer et al. 2017, section 5.1, https://arxiv.org/abs/1704.01212
    """

    def __init__(self, width: int, edge_features: int, hidden: int = 32):
        super().__init__()
        self.width = width
        self.network = nn.Sequential(nn.Linear(edge_features, hidden), nn.ReLU(), nn.Linear(hidden, width * width))

    def matrices(self, edge_features: Float[Tensor, "e r"]) -> Float[Tensor, "e d d"]:
        """The matrix of every edge: rows for what comes in, columns for what goes out."""
        return rearrange(self.network(edge_features), "e (i o) -> e i o", i=self.width)

    def forward(
        self, h: Float[Tensor, "n d"], adjacency: Adjacency, matrices: Float[Tensor, "e d d"]
    ) -> Float[Tensor, "n d"]:
        """What every node receives. `matrices` are in the adjacency's order."""
        messages = einsum(from_sources(adjacency, h), matrices, "e i, e i o -> e o")
        return edge_sum(adjacency, messages)


class MPNN(nn.Module):
    r"""`rounds` of messages, each taken in by a GRU, then a readout and a small network: graphs to numbers.

    $$m_i^{t+1} = \sum_{j \to i} A(e_{ij}) h_j^t, \qquad h_i^{t+1} = \mathrm{GRU}(m_i^{t+1}, h_i^t), \qquad
    \hat y = R(\{h_i^T\})$$

    All rounds share their weights. `readout` is None for Set2Set, or a function of nodes, their graph and the number of
    graphs, such as `sum_readout`. Gilmer et al. 2017, section 5, https://arxiv.org/abs/1704.01212
    """

    def __init__(
        self,
        features: int,
        edge_features: int,
        width: int = 32,
        rounds: int = 3,
        outputs: int = 1,
        readout: Readout | None = None,
    ):
        super().__init__()
        self.rounds = rounds
        self.embed, self.message = nn.Linear(features, width), EdgeNetwork(width, edge_features)
        self.update = nn.GRUCell(width, width)
        self.readout = Set2Set(width) if readout is None else readout
        read = 2 * width if readout is None else width
        self.out = nn.Sequential(nn.Linear(read, width), nn.ReLU(), nn.Linear(width, outputs))

    def nodes(
        self, x: Float[Tensor, "n f"], edges: Int[Tensor, "2 e"], edge_features: Float[Tensor, "_ r"]
    ) -> Float[Tensor, "n d"]:
        """What every node knows after all rounds. Raises ValueError unless each edge has its features."""
        if len(edge_features) != edges.shape[1]:
            raise ValueError(f"{edges.shape[1]} edges, and features of {len(edge_features)}: one row for each edge")
        adjacency = Adjacency(edges, len(x))
        matrices = self.message.matrices(edge_features[adjacency.order])  # once: they do not change between rounds
        h = torch.relu(self.embed(x))
        for _ in range(self.rounds):
            h = self.update(self.message(h, adjacency, matrices), h)
        return h

    def forward(
        self,
        x: Float[Tensor, "n f"],
        edges: Int[Tensor, "2 e"],
        edge_features: Float[Tensor, "_ r"],
        graph: Int[Tensor, " n"],
        graphs: int,
    ) -> Float[Tensor, "b _"]:
        """`outputs` numbers for each graph. `graph` says in which of the `graphs` graphs each node is."""
        return self.out(self.readout(self.nodes(x, edges, edge_features), graph, graphs))
