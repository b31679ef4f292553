import math

import pytest
import torch

from graphs.examples import pyg
from labkit.graphs.scatter import mean_of_neighbors, scatter_max, scatter_mean, scatter_softmax, scatter_sum

INDEX = torch.tensor([2, 0, 2, 2, 4, 0])  # groups 1 and 3 are empty, in no order
GROUPS = {group: INDEX.eq(group).nonzero()[:, 0] for group in range(5)}


def by_loop(values, reduce):
    """What each group gives, one after the other; zeros for an empty one."""
    return torch.stack(
        [reduce(values[rows]) if len(rows) else values.new_zeros(values.shape[1:]) for rows in GROUPS.values()]
    )


@pytest.mark.parametrize("shape", [(6,), (6, 3), (6, 2, 3)])
@pytest.mark.parametrize(
    ("scatter", "reduce"),
    [(scatter_sum, lambda v: v.sum(0)), (scatter_mean, lambda v: v.mean(0)), (scatter_max, lambda v: v.amax(0))],
)
def test_matches_a_loop_over_groups(scatter, reduce, shape):
    values = torch.randn(shape, dtype=torch.double) - 3  # all negative: a zero that slips in would be a maximum
    torch.testing.assert_close(scatter(values, INDEX, 5), by_loop(values, reduce))
    values.requires_grad_()
    assert torch.autograd.gradcheck(lambda v: scatter(v, INDEX, 5), values)


@pytest.mark.parametrize("shape", [(6,), (6, 3)])
def test_softmax_is_torchs_in_each_group(shape):
    values = torch.randn(shape, dtype=torch.double, requires_grad=True)
    expected = torch.empty_like(values)
    for rows in GROUPS.values():
        expected[rows] = values[rows].softmax(dim=0)
    torch.testing.assert_close(scatter_softmax(values, INDEX, 5), expected)
    assert torch.autograd.gradcheck(lambda v: scatter_softmax(v, INDEX, 5), values)


@pytest.mark.parametrize("reduce", ["sum", "mean", "max"])
def test_matches_pyg(reduce):
    utils = pyg("utils")
    values = torch.randn(6, 3)
    ours = {"sum": scatter_sum, "mean": scatter_mean, "max": scatter_max}[reduce]
    torch.testing.assert_close(ours(values, INDEX, 5), utils.scatter(values, INDEX, dim_size=5, reduce=reduce))
    torch.testing.assert_close(scatter_softmax(values, INDEX, 5), utils.softmax(values, INDEX, num_nodes=5))


def test_large_scores_do_not_overflow():
    weights = scatter_softmax(torch.tensor([1e4, 1e4 + math.log(3), -1e4]), torch.tensor([0, 0, 1]), 2)
    torch.testing.assert_close(weights, torch.tensor([0.25, 0.75, 1.0]), atol=1e-3, rtol=0)


def test_equal_maxima_share_the_gradient():
    values = torch.tensor([2.0, 2.0, 1.0], requires_grad=True)
    scatter_max(values, torch.tensor([0, 0, 0]), 1).sum().backward()
    torch.testing.assert_close(values.grad, torch.tensor([0.5, 0.5, 0.0]))


def test_the_order_of_the_rows_does_not_matter():
    values, order = torch.randn(6, 2), torch.randperm(6)
    for scatter in (scatter_sum, scatter_mean, scatter_max):
        torch.testing.assert_close(scatter(values[order], INDEX[order], 5), scatter(values, INDEX, 5))
    weights = scatter_softmax(values, INDEX, 5)
    torch.testing.assert_close(scatter_softmax(values[order], INDEX[order], 5), weights[order])


def test_the_mean_of_neighbors_follows_the_direction_of_edges():
    x = torch.tensor([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0], [8.0, 80.0]])
    edges = torch.tensor([[0, 2, 3, 1], [1, 1, 1, 0]])  # three send to node 1, one to node 0, nobody to 2 and 3
    expected = torch.tensor([[2.0, 20.0], [13 / 3, 130 / 3], [0.0, 0.0], [0.0, 0.0]])
    torch.testing.assert_close(mean_of_neighbors(x, edges), expected)


def test_no_rows_at_all():
    nothing = torch.zeros(0, 3), torch.zeros(0, dtype=torch.long), 2
    assert scatter_mean(*nothing).tolist() == scatter_max(*nothing).tolist() == [[0.0] * 3] * 2
    assert scatter_softmax(*nothing).shape == (0, 3)


@pytest.mark.parametrize(
    ("index", "words"), [([0, 1], "shape \\(3,\\)"), ([0, 1, 5], "0 to 4.*0 to 5"), ([0, -1, 1], "-1 to 1")]
)
def test_bad_input_is_named_at_the_door(index, words):
    with pytest.raises(ValueError, match=words):
        scatter_softmax(torch.randn(3, 2), torch.tensor(index), 5)
