import torch

from graphs.examples import pyg
from labkit.data.graphs import karate_club
from labkit.graphs.label_propagation import label_propagation


def test_matches_pyg():
    club = karate_club()
    peer = pyg("nn").LabelPropagation(num_layers=20, alpha=0.8)
    expected = peer(club.y, club.edges, mask=club.train, post_step=lambda y: y)
    torch.testing.assert_close(label_propagation(club.y, club.train, club.edges, 2, steps=20, keep=0.8), expected)


def test_a_limit_in_closed_form():
    r"""Many steps solve $(I - \alpha S) Y = (1 - \alpha) Y_0$."""
    club = karate_club()
    degree = torch.bincount(club.edges[1]).double().rsqrt()
    matrix = torch.zeros(34, 34).double().index_put(tuple(club.edges), degree[club.edges[0]] * degree[club.edges[1]])
    start = torch.zeros(34, 2).double()
    start[0, 0] = start[33, 1] = 1
    expected = torch.linalg.solve(torch.eye(34).double() - 0.9 * matrix, 0.1 * start)
    found = label_propagation(club.y, club.train, club.edges, 2, steps=300)
    torch.testing.assert_close(found.double(), expected, atol=1e-5, rtol=1e-4)


def test_a_node_that_nobody_reaches_has_no_label():
    spread = label_propagation(torch.tensor([0, 1, 1]), torch.tensor([True, True, False]), torch.tensor([[0], [1]]), 2)
    assert spread[2].tolist() == [0.0, 0.0]
