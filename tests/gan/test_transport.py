import numpy as np
import pytest
import torch
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance

from labkit.gan.transport import transport_plan, wasserstein


def test_on_a_line_the_sorted_samples_pair_up():
    one, other = torch.randn(200, 1), 2 + 3 * torch.randn(200, 1)
    sorted_apart = (one[:, 0].sort().values - other[:, 0].sort().values).abs().mean().item()
    assert wasserstein(one, other) == pytest.approx(sorted_apart, rel=1e-5)
    assert wasserstein(one, other) == pytest.approx(wasserstein_distance(one[:, 0], other[:, 0]), rel=1e-5)


def test_matches_the_linear_program_and_its_dual():
    """The primal moves mass; the dual is a critic: potentials whose difference is bounded by the distance."""
    one, other = torch.randn(7, 2), torch.randn(7, 2) + 1
    cost = torch.cdist(one.double(), other.double()).numpy()
    rows, columns = np.kron(np.eye(7), np.ones(7)), np.kron(np.ones(7), np.eye(7))
    primal = linprog(cost.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.full(14, 1 / 7))
    dual = linprog(
        -np.full(14, 1 / 7), A_ub=np.vstack([rows, columns]).T, b_ub=cost.ravel(), bounds=[(None, None)] * 14
    )
    assert wasserstein(one, other) == pytest.approx(primal.fun, rel=1e-6)
    assert wasserstein(one, other) == pytest.approx(-dual.fun, rel=1e-6)


def test_a_shift_costs_its_length_whatever_the_order():
    points, shift = torch.randn(40, 2), torch.tensor([3.0, 4.0])
    moved = (points + shift)[torch.randperm(40)]
    assert wasserstein(points, moved) == pytest.approx(5.0, rel=1e-5)
    assert wasserstein(points, points[torch.randperm(40)]) == 0
    assert wasserstein(points, moved) == pytest.approx(wasserstein(moved, points))


def test_the_plan_says_who_goes_where():
    points, order = torch.randn(20, 3), torch.randperm(20)
    partner, distance = transport_plan(points[order], points)
    assert partner.tolist() == order.tolist()
    assert (distance == 0).all()


def test_images_are_points_too():
    assert wasserstein(torch.zeros(3, 1, 2, 2), torch.ones(3, 1, 2, 2)) == pytest.approx(2.0)


def test_samples_that_do_not_pair_up_are_refused():
    with pytest.raises(ValueError, match=r"\(3, 2\) and \(4, 2\) should be alike"):
        wasserstein(torch.zeros(3, 2), torch.zeros(4, 2))
