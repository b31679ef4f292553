import pytest
import torch
import torch.nn.functional as F

from graphs.examples import NODES, dense, edges, pyg
from labkit.graphs.gcn import normalized_adjacency
from labkit.graphs.gcnii import GCNII, GCNIIConv


@pytest.mark.parametrize("layer", [1, 7])
def test_matches_pyg(layer):
    ours = GCNIIConv(5, layer, alpha=0.2, strength=0.7)
    peer = pyg("nn").GCN2Conv(5, 0.2, 0.7, layer)
    with torch.no_grad():
        peer.weight1.copy_(ours.weight)
    h, first = torch.randn(2, NODES, 5)
    out, expected = ours(h, first, normalized_adjacency(edges(), NODES)), peer(h, first, edges())
    torch.testing.assert_close(out, expected)
    out.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(ours.weight.grad, peer.weight1.grad)


def test_the_equation_with_dense_matrices():
    conv, (h, first) = GCNIIConv(3, 2, alpha=0.1, strength=0.5), torch.randn(2, NODES, 3)
    adjacency = normalized_adjacency(edges(), NODES)
    mixed = 0.9 * dense(adjacency.edges, adjacency.weights) @ h + 0.1 * first
    beta = torch.tensor(1.25).log()
    expected = mixed @ ((1 - beta) * torch.eye(3) + beta * conv.weight)
    torch.testing.assert_close(conv(h, first, adjacency), expected)


def test_every_layer_sees_the_first_state():
    model, x = GCNII(4, 6, 2, depth=5, dropout=0.0), torch.randn(NODES, 4)
    adjacency = normalized_adjacency(edges(), NODES)
    states = model.states(x, adjacency)
    assert len(states) == 7
    torch.testing.assert_close(states[0], F.relu(model.embed(x)))
    for conv, before, after in zip(model.convs, states, states[1:], strict=False):
        torch.testing.assert_close(after, F.relu(conv(before, states[0], adjacency)))
    torch.testing.assert_close(model(x, edges()), model.out(states[-2]))
