import pytest
import torch

from graphs.examples import pyg
from labkit.graphs.readout import Set2Set, max_readout, mean_readout, sum_readout

GRAPH = torch.tensor([0, 0, 1, 1, 1, 3])  # graph 2 has no nodes


def test_set2set_matches_pyg():
    ours, x = Set2Set(4, steps=3), torch.randn(6, 4, requires_grad=True)
    peer = pyg("nn").Set2Set(4, processing_steps=3)
    with torch.no_grad():
        for name, weight in ours.lstm.named_parameters():
            getattr(peer.lstm, f"{name}_l0").copy_(weight)
    torch.testing.assert_close(ours(x, GRAPH, 4), peer(x, GRAPH, dim_size=4))
    mine = torch.autograd.grad(ours(x, GRAPH, 4).square().sum(), x)
    torch.testing.assert_close(mine, torch.autograd.grad(peer(x, GRAPH, dim_size=4).square().sum(), x))


def test_what_each_readout_can_tell_apart():
    """Xu et al. 2019, figure 2: a set, the same set twice, and a multiset with the same elements."""
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    bags = {"ab": [a, b], "aabb": [a, a, b, b], "aab": [a, a, b]}

    def read(readout, name):
        rows = torch.stack(bags[name])
        return readout(rows, torch.zeros(len(rows), dtype=torch.long), 1)

    same = {
        readout: [torch.equal(read(readout, "ab"), read(readout, other)) for other in ("aabb", "aab")]
        for readout in (sum_readout, mean_readout, max_readout)
    }
    assert same == {sum_readout: [False, False], mean_readout: [True, False], max_readout: [True, True]}


def test_the_order_of_nodes_does_not_matter():
    order, x = torch.randperm(6), torch.randn(6, 4)
    for readout in (sum_readout, mean_readout, max_readout, Set2Set(4)):
        torch.testing.assert_close(readout(x[order], GRAPH[order], 4), readout(x, GRAPH, 4))


def test_a_graph_is_read_at_least_once():
    with pytest.raises(ValueError, match="at least once, not 0 times"):
        Set2Set(4, steps=0)
