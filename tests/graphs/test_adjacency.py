import pytest
import torch

from graphs.examples import NODES, dense, edges
from labkit.graphs.adjacency import Adjacency, as_adjacency, order_by, with_loops


def test_edges_are_sorted_by_target_and_keep_their_weights():
    weights = torch.arange(12.0)
    adjacency = Adjacency(edges(), NODES, weights=weights)
    assert adjacency.target.tolist() == sorted(edges()[1].tolist())
    assert torch.equal(edges()[:, adjacency.order], adjacency.edges)
    assert torch.equal(dense(adjacency.edges, adjacency.weights), dense(edges(), weights))
    assert adjacency.offsets.tolist() == [0, 3, 5, 7, 9, 11, 11, 12]
    assert torch.equal(adjacency.degree, torch.bincount(edges()[1], minlength=NODES))


def test_the_reverse_is_the_transposed_matrix():
    adjacency = Adjacency(edges(), NODES)
    order, target, offsets = adjacency.reverse
    source = torch.arange(NODES).repeat_interleave(offsets.diff())
    assert torch.equal(adjacency.edges[:, order], torch.stack([source, target]))


def test_equal_rows_stay_in_their_order():
    rows = torch.randint(5, (1000,))
    assert torch.equal(order_by(rows), rows.argsort(stable=True))


def test_with_loops_puts_one_at_every_node():
    looped = with_loops(edges(), NODES)
    assert sorted(looped[0, looped[0] == looped[1]].tolist()) == list(range(NODES))
    kept = edges()[:, edges()[0] != edges()[1]]
    assert torch.equal(looped[:, : kept.shape[1]], kept)


def test_a_block_may_have_fewer_receivers():
    block = Adjacency(torch.tensor([[4, 1, 0], [1, 0, 1]]), 5, 2)
    assert block.degree.tolist() == [1, 2]
    assert block.reverse[2].tolist() == [0, 1, 2, 2, 2, 3]


def test_no_edges_at_all():
    adjacency = Adjacency(torch.zeros(2, 0, dtype=torch.long), 3)
    assert adjacency.degree.tolist() == [0, 0, 0]


def test_one_that_is_sorted_is_taken_as_it_is():
    adjacency = Adjacency(edges(), NODES)
    assert as_adjacency(adjacency, NODES) is adjacency
    with pytest.raises(ValueError, match="of 8 nodes, and the edges come from 7"):
        as_adjacency(adjacency, 8)


@pytest.mark.parametrize(
    ("given", "sizes", "words"),
    [
        (torch.zeros(3, 2, dtype=torch.long), (3,), r"shape \(2, e\).*\(3, 2\)"),
        (torch.tensor([[0, 3], [1, 1]]), (3,), "0 to 2.*sender.*0 to 3"),
        (torch.tensor([[0, 1], [-1, 1]]), (3,), "receiver.*-1 to 1"),
        (torch.tensor([[0, 2], [2, 1]]), (3, 2), "0 to 1.*receiver.*1 to 2"),
        (torch.tensor([[0], [1]]), (2, 3), "3 nodes that receive must be among the 2"),
    ],
)
def test_bad_edges_are_named_at_the_door(given, sizes, words):
    with pytest.raises(ValueError, match=words):
        Adjacency(given, *sizes)


def test_weights_must_fit():
    with pytest.raises(ValueError, match=r"12 edges need weights of shape \(12,\), not \(3,\)"):
        Adjacency(edges(), NODES, weights=torch.ones(3))
