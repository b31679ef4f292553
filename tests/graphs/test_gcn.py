import pytest
import torch
import torch.nn.functional as F

from graphs.examples import NODES, dense, edges, pyg_gcn
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.gcn import GCN, GCNConv, normalized_adjacency, symmetric_normalization


@pytest.mark.parametrize("widths", [(3, 5), (5, 3)])  # the sum is taken on the narrower side
@pytest.mark.parametrize("weighted", [False, True])
def test_matches_pyg(widths, weighted):
    """Output and all gradients, with loops in the graph, with edge weights and their gradients."""
    ours = GCNConv(*widths)
    torch.nn.init.normal_(ours.bias)
    peer = pyg_gcn(ours)
    weights = torch.rand(12) + 0.1 if weighted else None
    found = []
    for layer in (ours, peer):
        x = torch.randn(NODES, widths[0], generator=torch.Generator().manual_seed(1)).requires_grad_()
        given = None if weights is None else weights.clone().requires_grad_()
        out = layer(x, edges(), given)
        out.square().sum().backward()
        found.append([out, x.grad, layer.bias.grad] + ([given.grad] if weighted else []))
    torch.testing.assert_close(found[0], found[1])
    torch.testing.assert_close(ours.linear.weight.grad, peer.lin.weight.grad)


def test_matches_dense_matrices():
    conv = GCNConv(3, 4).double()
    torch.nn.init.normal_(conv.bias)
    x, weights = torch.randn(NODES, 3, dtype=torch.double), torch.rand(12, dtype=torch.double)
    matrix = dense(edges(), weights)
    own = matrix.diagonal()
    own[own == 0] = 1
    scale = matrix.sum(1).rsqrt()
    expected = scale[:, None] * matrix * scale @ x @ conv.linear.weight.T + conv.bias
    torch.testing.assert_close(conv(x, edges(), weights), expected)


def test_normalization_in_closed_form():
    """A path of three: degrees with loops are 2, 3, 2."""
    path = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    looped, weights = symmetric_normalization(path, 3)
    assert looped.tolist() == [[0, 1, 1, 2, 0, 1, 2], [1, 0, 2, 1, 0, 1, 2]]
    torch.testing.assert_close(weights, torch.tensor([6**-0.5] * 4 + [1 / 2, 1 / 3, 1 / 2]))


def test_the_largest_eigenvalue_is_one_and_its_vector_the_root_of_the_degrees():
    """Of an undirected graph: repeated convolution forgets all else."""
    both = torch.cat([edges(), edges().flip(0)], dim=1).unique(dim=1)
    looped, weights = symmetric_normalization(both, NODES)
    values = torch.linalg.eigvalsh(dense(looped, weights.double()))
    degree = torch.bincount(looped[1], minlength=NODES).double()
    assert values.max().item() == pytest.approx(1.0)
    rooted = degree.sqrt()
    torch.testing.assert_close(dense(looped, weights).double() @ rooted, rooted, atol=1e-5, rtol=1e-5)
    assert values.min() > -1


def test_a_node_all_of_whose_weights_are_zero_gets_zeros():
    loops = torch.tensor([[0, 0, 1], [0, 1, 1]])
    _, weights = symmetric_normalization(loops, 2, torch.tensor([0.0, 0.0, 2.0]))
    assert weights.tolist() == pytest.approx([0.0, 0.0, 1.0])


def test_permutation_equivariance():
    x, order = torch.randn(NODES, 3), torch.randperm(NODES)
    conv, place = GCNConv(3, 4), torch.argsort(order)
    torch.testing.assert_close(conv(x[order], place[edges()]), conv(x, edges())[order])


def test_an_adjacency_made_once_gives_the_same():
    model, x = GCN(3, 8, 2, depth=3).eval(), torch.randn(NODES, 3)
    torch.testing.assert_close(model(x, normalized_adjacency(edges(), NODES)), model(x, edges()))


def test_a_network_of_depth_d_reaches_d_steps():
    """On a path, the gradient of the last node's score ends exactly `depth` steps away."""
    path = torch.stack([torch.arange(9), torch.arange(1, 10)])
    both, x = torch.cat([path, path.flip(0)], dim=1), torch.rand(10, 3, requires_grad=True)
    model = GCN(3, 8, 2, depth=4, dropout=0.0)
    for conv in model.convs:
        torch.nn.init.uniform_(conv.linear.weight)  # positive: no ReLU stops it
    model(x, both)[9].sum().backward()
    assert (x.grad.abs().sum(1) > 0).tolist() == [False] * 5 + [True] * 5


def test_residual_adds_the_state_before():
    plain, with_path = GCN(3, 4, 2, depth=3, dropout=0.0), GCN(3, 4, 2, depth=3, dropout=0.0, residual=True)
    with_path.load_state_dict(plain.state_dict())
    x = torch.randn(NODES, 3)
    first, second, _ = with_path.states(x, edges())
    torch.testing.assert_close(first, plain.states(x, edges())[0])
    torch.testing.assert_close(second, F.relu(with_path.convs[1](first, edges())) + first)


@pytest.mark.parametrize(
    ("given", "weights", "words"),
    [
        (Adjacency(edges(), NODES), None, "normalized_adjacency"),
        (normalized_adjacency(edges(), NODES), torch.ones(12), "normalized_adjacency"),
        (normalized_adjacency(edges(), NODES + 1), None, "of 7 nodes, and the edges come from 8"),
    ],
)
def test_bad_input_is_named_at_the_door(given, weights, words):
    with pytest.raises(ValueError, match=words):
        GCNConv(3, 4)(torch.randn(NODES, 3), given, weights)


def test_a_depth_of_zero_is_an_error():
    with pytest.raises(ValueError, match="at least one layer"):
        GCN(3, 4, 2, depth=0)


def test_learns_two_cliques_from_one_label_each():
    clique = torch.combinations(torch.arange(5)).T
    graph = torch.cat([clique, clique + 5, torch.tensor([[4], [5]])], dim=1)
    graph, y = torch.cat([graph, graph.flip(0)], dim=1), torch.arange(10) // 5
    model, x, known = GCN(10, 8, 2, dropout=0.0), torch.eye(10), torch.tensor([0, 9])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(100):
        loss = F.cross_entropy(model(x, graph)[known], y[known])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert torch.equal(model(x, graph).argmax(1), y)
