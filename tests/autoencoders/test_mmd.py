import math
from functools import partial

import pytest
import torch

from labkit.autoencoders.mmd import gaussian, inverse_multiquadratic, mmd, squared_distances, squared_mmd


def between_gaussians(mean: torch.Tensor, deviation: float, width: float) -> float:
    """The squared MMD of N(0, I) and N(mean, deviation^2 I) under a Gaussian kernel, in closed form."""
    d = len(mean)

    def overlap(variance: float, shift: float) -> float:  # E k(x, y) for x - y ~ N(shift, variance I)
        return (width**2 / (width**2 + variance)) ** (d / 2) * math.exp(-(shift**2) / (2 * (width**2 + variance)))

    return overlap(2, 0) + overlap(2 * deviation**2, 0) - 2 * overlap(1 + deviation**2, mean.norm().item())


@pytest.mark.parametrize(("shift", "deviation"), [(0.0, 1.0), (1.0, 1.0), (0.0, 2.0), (0.7, 0.5)])
def test_matches_the_closed_form_between_gaussians(shift, deviation):
    mean = torch.tensor([shift, -shift, 0.0]).double()
    kernel, found = partial(gaussian, width=1.3), []
    for _ in range(60):
        x, y = torch.randn(400, 3).double(), mean + deviation * torch.randn(400, 3).double()
        found.append(squared_mmd(x, y, kernel).item())
    assert sum(found) / 60 == pytest.approx(between_gaussians(mean, deviation, 1.3), abs=0.006)


def test_the_unbiased_estimate_has_the_right_mean_and_the_biased_one_its_known_surplus():
    """5 points and 8, often: the surplus is (1 - E k(x, x')) / 5 and the same for y with 8."""
    mean, kernel = torch.tensor([1.0, 0.0]).double(), partial(gaussian, width=1.0)
    draws = [(torch.randn(5, 2).double(), mean + torch.randn(8, 2).double()) for _ in range(1500)]
    found = {biased: sum(squared_mmd(x, y, kernel, biased).item() for x, y in draws) / 1500 for biased in (False, True)}
    truth = between_gaussians(mean, 1.0, 1.0)
    surplus = (1 - 1 / 3) * (1 / 5 + 1 / 8)  # E k(x, x') = 1 / (1 + 2) in two dimensions
    assert found[False] == pytest.approx(truth, abs=0.015)
    assert found[True] == pytest.approx(truth + surplus, abs=0.015)


def test_unbiased_may_be_negative_and_biased_may_not():
    kernel, same = partial(gaussian, width=1.0), [(torch.randn(10, 2), torch.randn(10, 2)) for _ in range(50)]
    unbiased = torch.stack([squared_mmd(x, y, kernel) for x, y in same])
    biased = torch.stack([squared_mmd(x, y, kernel, biased=True) for x, y in same])
    assert unbiased.min() < 0 < unbiased.max()
    assert biased.min() > 0


def test_with_the_kernel_of_an_inner_product_it_is_the_distance_of_the_means():
    x, y = torch.randn(6, 3).double(), torch.randn(9, 3).double()
    found = squared_mmd(x, y, lambda a, b: a @ b.T, biased=True)
    torch.testing.assert_close(found, (x.mean(0) - y.mean(0)).square().sum())


def test_one_by_one():
    x, y, scale = torch.randn(3, 2).double(), torch.randn(4, 2).double(), 4.0

    def k(a, b):
        return scale / (scale + (a - b).square().sum()).item()

    within_x = sum(k(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j) / 6
    within_y = sum(k(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j) / 12
    across = sum(k(a, b) for a in x for b in y) / 12
    assert mmd(x, y, scale).item() == pytest.approx(within_x + within_y - 2 * across)


def test_kernels():
    x, y = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    assert squared_distances(x, y).item() == 25
    assert gaussian(x, y, 5.0).item() == pytest.approx(math.exp(-0.5))
    assert inverse_multiquadratic(x, y, 75.0).item() == pytest.approx(0.75)
    far = torch.full((1, 2), 1e4)
    assert squared_distances(far, far + 1e-3).item() >= 0


def test_the_order_of_points_and_samples_does_not_matter():
    x, y = torch.randn(6, 3), torch.randn(6, 3)
    torch.testing.assert_close(mmd(x.flip(0), y, 6.0), mmd(x, y, 6.0))
    torch.testing.assert_close(mmd(y, x, 6.0), mmd(x, y, 6.0))


def test_its_gradient_draws_one_sample_onto_the_other():
    torch.manual_seed(0)
    x, y = (torch.randn(100, 2) + 3).requires_grad_(), torch.randn(100, 2)
    (gradient,) = torch.autograd.grad(mmd(x, y, 4.0), x)
    there = (x.detach() - y.mean(0)).mean(0)
    assert torch.cosine_similarity(gradient.sum(0), there, dim=0) > 0.95


@pytest.mark.parametrize(("n", "biased"), [(1, False), (0, True)])
def test_too_few_points_are_refused(n, biased):
    with pytest.raises(ValueError, match="at least"):
        squared_mmd(torch.zeros(n, 2), torch.zeros(5, 2), gaussian, biased)
