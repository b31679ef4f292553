import pytest
import torch

from graphs.examples import NODES, dense, edges
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.aggregate import (
    CHUNK,
    edge_sum,
    from_sources,
    from_targets,
    head_sum,
    neighbor_max,
    neighbor_mean,
    neighbor_softmax,
    neighbor_sum,
)
from labkit.graphs.scatter import scatter_max, scatter_mean, scatter_softmax, scatter_sum


def graph():
    return Adjacency(edges(), NODES)


def block():
    """Nine nodes send to the first four."""
    return Adjacency(torch.stack([torch.randint(9, (20,)), torch.randint(4, (20,))]), 9, 4)


def numbers(*shape):
    return torch.randn(shape, dtype=torch.double, requires_grad=True)


def test_the_sum_is_a_matrix_product():
    adjacency, x, weights = graph(), numbers(NODES, 3), numbers(12)
    matrix = dense(adjacency.edges, weights)
    torch.testing.assert_close(neighbor_sum(adjacency, x, weights), matrix @ x)
    plain = dense(adjacency.edges, torch.ones(12, dtype=torch.double))
    torch.testing.assert_close(neighbor_sum(adjacency, x), plain @ x)


@pytest.mark.parametrize("make", [graph, block])
def test_gradients_are_those_of_the_formulas(make):
    adjacency = make()
    x, weights = numbers(adjacency.sources, 2, 3), numbers(len(adjacency.source), 2)
    flat = numbers(adjacency.sources, 3)
    checks = [
        (lambda x, w: head_sum(adjacency, x, w), (x, weights)),
        (lambda x: neighbor_sum(adjacency, x), (flat,)),
        (lambda x: neighbor_mean(adjacency, x), (flat,)),
        (lambda x: neighbor_max(adjacency, x), (flat,)),
        (lambda x: from_sources(adjacency, x), (x,)),
        (lambda x: from_targets(adjacency, x), (numbers(adjacency.targets, 2, 3),)),
        (lambda m: edge_sum(adjacency, m), (numbers(len(adjacency.source), 2, 3),)),
        (lambda s: neighbor_softmax(adjacency, s), (weights,)),
    ]
    for function, inputs in checks:
        assert torch.autograd.gradcheck(function, inputs)


@pytest.mark.parametrize("make", [graph, block])
def test_the_same_as_scattering(make):
    adjacency = make()
    x, target = torch.randn(adjacency.sources, 3) - 3, adjacency.target
    messages, scores = x[adjacency.source], torch.randn(len(target), 2)
    where = (target, adjacency.targets)
    torch.testing.assert_close(neighbor_sum(adjacency, x), scatter_sum(messages, *where))
    torch.testing.assert_close(neighbor_mean(adjacency, x), scatter_mean(messages, *where))
    torch.testing.assert_close(neighbor_max(adjacency, x), scatter_max(messages, *where))
    torch.testing.assert_close(neighbor_softmax(adjacency, scores), scatter_softmax(scores, *where))
    torch.testing.assert_close(edge_sum(adjacency, messages), scatter_sum(messages, *where))
    assert torch.equal(from_sources(adjacency, x), messages)
    assert torch.equal(from_targets(adjacency, x[: adjacency.targets]), x[target])


def test_large_scores_do_not_overflow():
    adjacency = Adjacency(torch.tensor([[0, 1], [0, 0]]), 2)
    weights = neighbor_softmax(adjacency, torch.tensor([[1e4], [1e4]]))
    torch.testing.assert_close(weights, torch.full((2, 1), 0.5))


def test_equal_maxima_share_the_gradient():
    adjacency = Adjacency(torch.tensor([[0, 1, 2], [0, 0, 0]]), 3)
    x = torch.tensor([[2.0], [2.0], [1.0]], requires_grad=True)
    neighbor_max(adjacency, x).sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor([[0.5], [0.5], [0.0]]))


def test_many_chunks_are_one_whole():
    """The gradient of the weights is made in chunks; its size divides by none of them."""
    count = 2 * CHUNK + 17
    adjacency = Adjacency(torch.randint(50, (2, count)), 50)
    x, weights = torch.randn(50, 1, 2), torch.randn(count, 1, requires_grad=True)
    head_sum(adjacency, x, weights).square().sum().backward()
    again = weights.detach().clone().requires_grad_()
    scatter_sum(x[adjacency.source] * again[..., None], adjacency.target, 50).square().sum().backward()
    torch.testing.assert_close(weights.grad, again.grad, rtol=1e-4, atol=1e-4)


def test_no_edges_at_all():
    adjacency = Adjacency(torch.zeros(2, 0, dtype=torch.long), 3)
    x = torch.randn(3, 2, requires_grad=True)
    total = neighbor_sum(adjacency, x) + neighbor_max(adjacency, x) + neighbor_mean(adjacency, x)
    assert torch.equal(total, torch.zeros(3, 2))
    total.sum().backward()
    assert torch.equal(x.grad, torch.zeros(3, 2))
    assert neighbor_softmax(adjacency, torch.zeros(0, 2)).shape == (0, 2)
