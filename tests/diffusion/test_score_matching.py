import itertools

import pytest
import torch
from torch import nn

from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.score_matching import (
    by_denoising,
    by_slices,
    denoising_loss,
    fit_score,
    implicit_loss,
    noisy_batches,
    relative_error,
    sliced_loss,
)
from labkit.diffusion.score_network import ScoreNetwork

TWO = GaussianMixture(torch.tensor([[1.5, 0.0], [-1.5, 0.0]]), torch.tensor([0.4, 0.4]), torch.tensor([0.5, 0.5]))
MATRIX = torch.tensor([[-2.0, 0.5], [0.3, -1.0]]).double()


def field() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)).double()


def test_implicit_loss_of_a_linear_score_by_hand():
    x = torch.tensor([[1.0, 2.0], [0.0, -1.0]]).double()
    expected = MATRIX.trace() + 0.5 * (x @ MATRIX).square().sum(dim=1).mean()
    torch.testing.assert_close(implicit_loss(lambda y: y @ MATRIX, x), expected)


def test_slices_in_all_directions_are_the_implicit_loss():
    x, score = torch.randn(5, 2).double(), field()
    every = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=2))).double()[:, None].expand(4, 5, 2)
    torch.testing.assert_close(sliced_loss(score, x, every), implicit_loss(score, x))


def test_one_slice_by_hand():
    x = torch.zeros(1, 2).double()
    direction = torch.tensor([[[1.0, -1.0]]]).double()
    torch.testing.assert_close(
        sliced_loss(lambda y: y @ MATRIX, x, direction), torch.tensor(-2 - 0.5 - 0.3 - 1).double()
    )


@pytest.mark.parametrize("loss", [implicit_loss, lambda s, x: sliced_loss(s, x, torch.ones(1, *x.shape).to(x))])
def test_the_gradient_reaches_the_derivatives_too(loss):
    """The loss of a score that is linear in one number, whose derivative is known: d/dk of k tr(M) + k^2 c."""
    k, x = torch.tensor(0.7).double().requires_grad_(), torch.randn(6, 2).double()
    diagonal = torch.diag(MATRIX.diagonal())
    loss(lambda y: k * (y @ diagonal), x).backward()
    expected = diagonal.trace() + 0.7 * (x @ diagonal).square().sum(dim=1).mean()
    torch.testing.assert_close(k.grad, expected)


def grid_expectation(values: torch.Tensor, x: torch.Tensor, std: float) -> torch.Tensor:
    weight = TWO.log_density(x, 1.0, std).exp()
    return (weight * values).sum() / weight.sum()


def test_implicit_and_explicit_score_matching_differ_by_a_constant():
    """Over the density itself, summed on a fine grid: the two losses of two fields differ by the same amount."""
    side = torch.linspace(-8, 8, 161).double()
    x, std = torch.cartesian_prod(side, side), 0.6
    mixture = TWO.double()
    gaps = []
    for score in (lambda y: y @ MATRIX, field()):
        explicit = 0.5 * (score(x) - mixture.score(x, 1.0, std)).square().sum(dim=1)
        columns = torch.autograd.functional.jvp
        bends = sum(columns(score, x, torch.eye(2).double()[i].expand_as(x).contiguous())[1][:, i] for i in range(2))
        implicit = bends + 0.5 * score(x).square().sum(dim=1)
        gaps.append(grid_expectation((explicit - implicit).detach(), x, std))
    torch.testing.assert_close(gaps[0], gaps[1], atol=1e-6, rtol=0)


def test_denoising_and_explicit_score_matching_differ_by_a_constant():
    r"""Vincent's theorem on a million noisy points: $\sigma^2$ times the explicit loss, up to a constant."""
    count, std, draw = 1_000_000, 0.6, torch.Generator().manual_seed(0)
    clean, noise = TWO.sample(count, draw), torch.randn(count, 2, generator=draw)
    noisy, gaps = clean + std * noise, []
    for score in (lambda y: -y, lambda y: torch.tanh(y)):
        explicit = 0.5 * std**2 * (score(noisy) - TWO.score(noisy, 1.0, std)).square().sum(dim=1).mean()
        gaps.append(denoising_loss(lambda y, _, s=score: s(y), clean, std, noise) - explicit)
    torch.testing.assert_close(gaps[0], gaps[1], atol=0.01, rtol=0)


def test_denoising_loss_by_hand_with_a_level_for_each():
    clean, noise = torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [-1.0]])
    std = torch.tensor([0.5, 2.0])
    seen = []

    def score(x, level):
        seen.append((x, level))
        return torch.ones_like(x)

    loss = denoising_loss(score, clean, std, noise)
    torch.testing.assert_close(seen[0][0], torch.tensor([[1.5], [0.0]]))
    torch.testing.assert_close(seen[0][1], std)
    assert loss.item() == pytest.approx(0.5 * ((0.5 + 1) ** 2 + (2 - 1) ** 2) / 2)


def test_no_score_has_a_lower_denoising_loss_than_the_exact_one():
    draw = torch.Generator().manual_seed(0)
    clean, noise = TWO.sample(100_000, draw), torch.randn(100_000, 2, generator=draw)
    exact = lambda x, std: TWO.score(x, 1.0, std)  # noqa: E731
    best = denoising_loss(exact, clean, 0.6, noise)
    for other in (lambda x, s: 1.1 * exact(x, s), lambda x, s: 0.9 * exact(x, s), lambda x, s: exact(x, s) + 0.1):
        assert denoising_loss(other, clean, 0.6, noise) > best


def test_slices_weigh_a_point_by_the_square_of_its_level():
    """The loss used for training is sigma^2 times the sliced loss of the noisy points, level by level."""
    network, clean = ScoreNetwork(width=16, depth=2), torch.randn(8, 2)
    std = torch.full((8,), 0.7)
    found = by_slices(network, torch.Generator().manual_seed(3))((clean, std))
    draw = torch.Generator().manual_seed(3)
    noisy = clean + 0.7 * torch.randn(8, 2, generator=draw)
    directions = (2 * torch.randint(0, 2, (1, 8, 2), generator=draw) - 1).float()
    torch.testing.assert_close(found, 0.49 * sliced_loss(lambda y: network(y, 0.7), noisy, directions))


def test_levels_are_even_in_the_logarithm():
    x, std = next(noisy_batches(TWO.sample, 20_000, 0.1, 10.0, torch.Generator().manual_seed(0)))
    assert x.shape == (20_000, 2)
    assert 0.1 <= std.min() < 0.11
    assert 9 < std.max() <= 10
    assert std.log10().mean().abs() < 0.02


@pytest.mark.parametrize("way", [by_denoising, by_slices])
def test_both_learn_the_score_without_ever_seeing_it(way):
    torch.manual_seed(0)
    draw = torch.Generator().manual_seed(0)
    network = ScoreNetwork(width=48, depth=2)
    before = relative_error(network, TWO, 0.5, draw=torch.Generator().manual_seed(1))
    fit_score(network, way(network, draw), noisy_batches(TWO.sample, 256, 0.2, 2.0, draw), 300)
    after = [relative_error(network, TWO, std, draw=torch.Generator().manual_seed(1)) for std in (0.3, 0.5, 1.0)]
    assert before > 0.8
    assert max(after) < 0.3, after


def test_the_relative_error_has_its_scale():
    exact = lambda x, std: TWO.score(x, 1.0, std)  # noqa: E731
    assert relative_error(exact, TWO, 0.5) == 0
    assert relative_error(lambda x, std: 0 * x, TWO, 0.5) == pytest.approx(1)
    assert relative_error(lambda x, std: 1.1 * exact(x, std), TWO, 0.5) == pytest.approx(0.1, abs=1e-4)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (2.0, 1.0)])
def test_levels_that_are_none_are_refused(low, high):
    with pytest.raises(ValueError, match="noise levels lie"):
        next(noisy_batches(TWO.sample, 4, low, high))
