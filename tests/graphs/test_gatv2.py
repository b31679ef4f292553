import pytest
import torch
import torch.nn.functional as F

from graphs.examples import NODES, edges, pyg_gatv2
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.aggregate import CHUNK
from labkit.graphs.gat import looped
from labkit.graphs.gatv2 import GATv2Conv, edge_scores


@pytest.mark.parametrize(("heads", "concat", "slope"), [(1, True, 0.2), (3, True, 0.2), (3, False, 0.05)])
def test_matches_pyg(heads, concat, slope):
    ours = GATv2Conv(5, 4, heads, concat, slope)
    for bias in (ours.bias, ours.source.bias, ours.target.bias):
        torch.nn.init.normal_(bias)
    peer, found = pyg_gatv2(ours), []
    for layer in (ours, peer):
        x = torch.randn(NODES, 5, generator=torch.Generator().manual_seed(1)).requires_grad_()
        out = layer(x, edges())
        out.square().sum().backward()
        found.append([out, x.grad, layer.bias.grad])
    torch.testing.assert_close(found[0], found[1])
    for mine, theirs in ((ours.source, peer.lin_l), (ours.target, peer.lin_r)):
        torch.testing.assert_close(mine.weight.grad, theirs.weight.grad)
        torch.testing.assert_close(mine.bias.grad, theirs.bias.grad, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(ours.attend.grad, peer.att.grad[0])


def test_gradients_of_the_scores():
    adjacency = looped(edges(), NODES)
    sends, receives = (torch.randn(NODES, 2, 3, dtype=torch.double, requires_grad=True) for _ in range(2))
    attend = torch.randn(2, 3, dtype=torch.double, requires_grad=True)
    score = lambda *given: edge_scores(adjacency, *given, 0.2)  # noqa: E731
    assert torch.autograd.gradcheck(score, (sends, receives, attend))


def test_many_chunks_are_one_whole():
    count = 2 * CHUNK + 17
    adjacency = Adjacency(torch.randint(50, (2, count)), 50)
    given = [torch.randn(shape, requires_grad=True) for shape in ((50, 2, 3), (50, 2, 3), (2, 3))]
    scores = edge_scores(adjacency, *given, 0.2)
    both = given[0][adjacency.source] + given[1][adjacency.target]
    expected = (F.leaky_relu(both, 0.2) * given[2]).sum(-1)
    torch.testing.assert_close(scores, expected)
    weight = torch.randn_like(scores)
    torch.testing.assert_close(
        torch.autograd.grad((scores * weight).sum(), given),
        torch.autograd.grad((expected * weight).sum(), given),
        rtol=1e-3,
        atol=1e-3,
    )


def test_every_node_may_rank_the_senders_in_its_own_way():
    """Dynamic attention by hand: with these weights, node i looks most at node i, for each of four nodes."""
    conv = GATv2Conv(4, 8, slope=0.2)
    with torch.no_grad():
        sign = torch.cat([torch.eye(4), -torch.eye(4)])
        conv.source.weight.copy_(sign)
        conv.target.weight.copy_(-sign)
        conv.attend.fill_(-10.0)  # minus the distance of both
        conv.source.bias.zero_(), conv.target.bias.zero_()
    everyone = Adjacency(torch.cartesian_prod(torch.arange(4), torch.arange(4)).T, 4)
    x = torch.eye(4)
    sends, receives = (side(x).view(4, 1, 8) for side in (conv.source, conv.target))
    weights = conv.attention(sends, receives, everyone).view(4, 4)  # sorted by target: rows look
    assert weights.argmax(dim=1).tolist() in ([0, 1, 2, 3],)


def test_permutation_equivariance():
    x, order = torch.randn(NODES, 5), torch.randperm(NODES)
    conv, place = GATv2Conv(5, 4, heads=2), torch.argsort(order)
    torch.testing.assert_close(conv(x[order], place[edges()]), conv(x, edges())[order])
