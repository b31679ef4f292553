"""From the nodes of a graph to one vector for the graph, whatever the order of the nodes.

Axes: n nodes of all graphs of a batch, b graphs, d width. `graph` says to which graph each node belongs.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.graphs.scatter import scatter_max, scatter_mean, scatter_softmax, scatter_sum
from labkit.nn.kinds import as_index

Readout = Callable[[Float[Tensor, "n d"], Int[Tensor, " n"], int], Float[Tensor, "b _"]]

sum_readout: Readout = scatter_sum  # how much of everything there is: tells multisets apart, and so sizes
mean_readout: Readout = scatter_mean  # shares: two copies of a graph read like one
max_readout: Readout = scatter_max  # what there is at all: how often does not count


class Set2Set(nn.Module):
    r"""Reads a graph `steps` times over with attention; what it read decides what it asks next.

    $$q_t = \mathrm{LSTM}(q^*_{t-1}), \quad a_{i,t} = \mathrm{softmax}_i(x_i \cdot q_t), \quad
    r_t = \sum_i a_{i,t} x_i, \quad q^*_t = [q_t, r_t]$$

    The result has twice the width of a node. Vinyals et al. 2016, section 4.2, https://arxiv.org/abs/1511.06391
    """

    def __init__(self, width: int, steps: int = 3):
        super().__init__()
        if steps < 1:
            raise ValueError(f"a graph is read at least once, not {steps} times")
        self.lstm, self.steps = nn.LSTMCell(2 * width, width), steps

    def forward(self, x: Float[Tensor, "n d"], graph: Int[Tensor, " n"], graphs: int) -> Float[Tensor, "b 2*d"]:
        graph = as_index(graph, "graph numbers")
        asked, state = x.new_zeros(graphs, 2 * x.shape[1]), None
        for _ in range(self.steps):
            state = self.lstm(asked, state)
            query = state[0]
            weights = scatter_softmax((x * query[graph]).sum(-1), graph, graphs)  # n
            read = scatter_sum(weights[:, None] * x, graph, graphs)  # b d
            asked = torch.cat([query, read], dim=1)
        return asked
