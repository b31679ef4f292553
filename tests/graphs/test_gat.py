import pytest
import torch
import torch.nn.functional as F

from graphs.examples import NODES, edges, pyg_gat
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.gat import GAT, GATConv, graph_attention, looped
from labkit.graphs.gatv2 import GATv2Conv


@pytest.mark.parametrize(("heads", "concat", "slope"), [(1, True, 0.2), (3, True, 0.2), (3, False, 0.05)])
def test_matches_pyg(heads, concat, slope):
    ours = GATConv(5, 4, heads, concat, slope)
    torch.nn.init.normal_(ours.bias)
    peer, found = pyg_gat(ours), []
    for layer in (ours, peer):
        x = torch.randn(NODES, 5, generator=torch.Generator().manual_seed(1)).requires_grad_()
        out = layer(x, edges())
        out.square().sum().backward()
        found.append([out, x.grad, layer.bias.grad])
    torch.testing.assert_close(found[0], found[1])
    torch.testing.assert_close(ours.linear.weight.grad, peer.lin.weight.grad)
    torch.testing.assert_close(ours.source.grad, peer.att_src.grad[0])
    torch.testing.assert_close(ours.target.grad, peer.att_dst.grad[0])


def test_weights_match_pyg():
    ours, x = GATConv(5, 4, heads=2), torch.randn(NODES, 5)
    _, (theirs, expected) = pyg_gat(ours)(x, edges(), return_attention_weights=True)
    adjacency = looped(edges(), NODES)
    weights = ours.attention(ours.linear(x).view(NODES, 2, 4), adjacency)
    key = lambda pairs: pairs[1] * NODES + pairs[0]  # noqa: E731
    torch.testing.assert_close(weights[key(adjacency.edges).argsort()], expected[key(theirs).argsort()])


def test_attention_is_a_softmax_over_the_senders_of_each_node():
    """The formula, one node after the other, in float64, gradients included; node 5 receives nothing."""
    h, source, target = (
        torch.randn(shape, dtype=torch.double, requires_grad=True) for shape in ((NODES, 2, 3), (2, 3), (2, 3))
    )
    read, weights = graph_attention(h, source, target, edges())
    for node in range(NODES):
        into = (edges()[1] == node).nonzero()[:, 0]
        senders = h[edges()[0, into]]
        scores = (senders * source).sum(-1) + (h[node] * target).sum(-1)
        expected = torch.nn.functional.leaky_relu(scores, 0.2).softmax(0)
        torch.testing.assert_close(weights[into], expected)
        torch.testing.assert_close(read[node], (expected[..., None] * senders).sum(0))
    assert torch.equal(read[5], torch.zeros(2, 3, dtype=torch.double))
    assert torch.autograd.gradcheck(lambda *given: graph_attention(*given, edges()), (h, source, target))


def test_the_ranking_of_senders_does_not_depend_on_who_looks():
    """Static attention (Brody et al. 2022, theorem 1): all nodes of a complete graph order all senders alike."""
    conv, x = GATConv(4, 8, heads=2), torch.randn(10, 4)
    everyone = torch.cartesian_prod(torch.arange(10), torch.arange(10)).T
    adjacency = Adjacency(everyone, 10)
    weights = conv.attention(conv.linear(x).view(10, 2, 8), adjacency).view(10, 10, 2)  # target, source, head
    assert (weights.argsort(dim=1) == weights[:1].argsort(dim=1)).all()


def test_permutation_equivariance():
    x, order = torch.randn(NODES, 5), torch.randperm(NODES)
    conv, place = GATConv(5, 4, heads=2), torch.argsort(order)
    torch.testing.assert_close(conv(x[order], place[edges()]), conv(x, edges())[order])


def test_dropout_takes_edges_away_in_training_only():
    conv, x = GATConv(5, 4, dropout=0.5), torch.randn(NODES, 5)
    assert not torch.equal(conv(x, edges()), conv(x, edges()))
    conv.eval()
    assert torch.equal(conv(x, edges()), conv(x, edges()))


@pytest.mark.parametrize("conv", [GATConv, GATv2Conv])
def test_a_network_of_several_layers(conv):
    """Heads side by side and ELU between, their mean at the end."""
    model, x = GAT(5, 8, 3, heads=2, depth=3, conv=conv), torch.randn(NODES, 5)
    first, second, third = model.convs
    expected = third(F.elu(second(F.elu(first(x, edges())), edges())), edges())
    torch.testing.assert_close(model(x, edges()), expected)
    assert (first.concat, third.concat) == (True, False)
    assert first(x, edges()).shape == (NODES, 8)


def test_hidden_divides_into_heads():
    with pytest.raises(ValueError, match="9 does not divide into 2 heads"):
        GAT(5, 9, 3, heads=2)


def test_an_adjacency_is_taken_as_it_is():
    conv, x = GATConv(5, 4), torch.randn(NODES, 5)
    adjacency = looped(edges(), NODES)
    torch.testing.assert_close(conv(x, adjacency), conv(x, edges()))
    without = conv(x, Adjacency(edges()[:, edges()[0] != edges()[1]], NODES))
    torch.testing.assert_close(without[6], conv.bias, atol=0, rtol=0)  # nothing leads to node 6 but its own loop


@pytest.mark.parametrize("conv", [GATConv, GATv2Conv])
def test_dropout_acts_on_the_attention_too(conv):
    """Section 3.3 of the paper: the same probability for a layer's inputs and for its attention weights."""
    assert [layer.dropout for layer in GAT(4, 8, 3, dropout=0.6, conv=conv).convs] == [0.6, 0.6]
    layer = conv(3, 4, dropout=0.5)
    ring = torch.stack([torch.arange(8), torch.arange(1, 9) % 8])
    x = torch.randn(8, 3)
    assert not torch.allclose(layer(x, ring), layer(x, ring))
