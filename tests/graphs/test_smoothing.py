from itertools import pairwise

import pytest
import torch

from graphs.examples import NODES, dense, edges
from labkit.graphs.gcn import symmetric_normalization
from labkit.graphs.smoothing import dirichlet_energy, mean_distance, relative_energy


def undirected():
    return torch.cat([edges(), edges().flip(0)], dim=1).unique(dim=1)


def test_the_energy_is_the_laplacians_quadratic_form():
    x = torch.randn(NODES, 3, dtype=torch.double)
    loops, weights = symmetric_normalization(undirected(), NODES)
    laplacian = torch.eye(NODES, dtype=torch.double) - dense(loops, weights.double())
    expected = (x.T @ laplacian @ x).trace()
    torch.testing.assert_close(dirichlet_energy(x, undirected()), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(relative_energy(x, undirected()), expected / x.square().sum(), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(relative_energy(7 * x, undirected()), relative_energy(x, undirected()))


def test_one_edge_in_closed_form():
    pair = torch.tensor([[0, 1], [1, 0]])
    assert dirichlet_energy(torch.tensor([[1.0], [0.0]]), pair).item() == pytest.approx(0.5)
    assert dirichlet_energy(torch.tensor([[3.0], [3.0]]), pair).item() == 0


def test_repeated_averaging_takes_the_energy_away():
    """Never up, and down to nothing: the convolution without weights is a low-pass filter."""
    loops, weights = symmetric_normalization(undirected(), NODES)
    matrix, x = dense(loops, weights), torch.randn(NODES, 3)
    energies = [dirichlet_energy(x, undirected()).item()]
    for _ in range(60):
        x = matrix @ x
        energies.append(dirichlet_energy(x, undirected()).item())
    assert all(after <= before + 1e-6 for before, after in pairwise(energies))
    assert energies[-1] < 1e-4 * energies[0]


def test_mean_distance_is_that_of_all_pairs():
    x = torch.randn(6, 3)
    unit = x / x.norm(dim=1, keepdim=True)
    pairs = [1 - unit[i] @ unit[j] for i in range(6) for j in range(6) if i != j]
    torch.testing.assert_close(mean_distance(x), torch.stack(pairs).mean())
    assert mean_distance(x[:1].expand(5, 3)).item() == pytest.approx(0.0, abs=1e-6)
    assert mean_distance(torch.eye(4)).item() == pytest.approx(1.0)


def test_a_distance_takes_two():
    with pytest.raises(ValueError, match="takes two nodes, and there are 1"):
        mean_distance(torch.ones(1, 3))
