import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from labkit.data.mixtures import ring
from labkit.diffusion.gaussian_mixture import GaussianMixture, tweedie

CENTERS = torch.tensor([[-1.0, 0.5], [2.0, 0.0], [0.0, -1.5]]).double()
UNEVEN = GaussianMixture(CENTERS, torch.tensor([0.3, 0.8, 0.5]).double(), torch.tensor([0.2, 0.5, 0.3]).double())
LEVELS = [(1.0, 0.0), (1.0, 0.7), (0.4, 0.9)]


def peer(shrink: float, std: float) -> MixtureSameFamily:
    """The same density by torch.distributions, with centers and deviations moved by hand."""
    deviation = ((shrink * UNEVEN.scales) ** 2 + std**2).sqrt()[:, None].expand(3, 2)
    return MixtureSameFamily(Categorical(UNEVEN.weights), Independent(Normal(shrink * CENTERS, deviation), 1))


@pytest.mark.parametrize(("shrink", "std"), LEVELS)
def test_density_is_that_of_torch_and_score_its_gradient(shrink, std):
    x = (2 * torch.randn(50, 2).double()).requires_grad_()
    expected = peer(shrink, std).log_prob(x)
    torch.testing.assert_close(UNEVEN.log_density(x, shrink, std), expected)
    (gradient,) = torch.autograd.grad(expected.sum(), x)
    torch.testing.assert_close(UNEVEN.score(x, shrink, std), gradient)


def test_each_point_may_have_a_level_of_its_own():
    x, shrink, std = torch.randn(4, 2).double(), torch.rand(4).double() + 0.1, torch.rand(4).double()
    for name in ("log_density", "score", "denoised"):
        together = getattr(UNEVEN, name)(x, shrink, std)
        one_by_one = [getattr(UNEVEN, name)(x[i : i + 1], shrink[i].item(), std[i].item()) for i in range(4)]
        torch.testing.assert_close(together, torch.cat(one_by_one))


def test_noise_makes_the_mixture_that_it_says():
    """Points that are shrunk and shaken by hand have the density's moments, and the density's log on average."""
    shrink, std, count = 0.4, 0.9, 200_000
    noisy = shrink * UNEVEN.sample(count) + std * torch.randn(count, 2).double()
    exact = peer(shrink, std).sample((count,))
    torch.testing.assert_close(noisy.mean(dim=0), exact.mean(dim=0), atol=0.02, rtol=0)
    torch.testing.assert_close(noisy.T.cov(), exact.T.cov(), atol=0.02, rtol=0)
    entropies = [UNEVEN.log_density(x, shrink, std).mean() for x in (noisy, exact)]
    torch.testing.assert_close(*entropies, atol=0.02, rtol=0)


def test_modes_are_drawn_by_weight():
    narrow = GaussianMixture(CENTERS, 0.3 * UNEVEN.scales, UNEVEN.weights)
    modes = torch.cdist(narrow.sample(20_000, torch.Generator().manual_seed(0)), CENTERS).argmin(dim=1)
    share = torch.bincount(modes, minlength=3) / 20_000
    torch.testing.assert_close(share, UNEVEN.weights.float(), atol=0.015, rtol=0)


def test_the_guess_of_the_clean_point_is_tweedies():
    x = 2 * torch.randn(50, 2).double()
    for shrink, std in LEVELS[1:]:
        by_score = tweedie(x, UNEVEN.score(x, shrink, std), shrink, std)
        torch.testing.assert_close(UNEVEN.denoised(x, shrink, std), by_score)


def test_the_guess_is_the_mean_of_the_clean_points_that_could_have_been():
    """Bayes' rule by brute force: clean points weighted by how likely the noisy one is from each."""
    clean, shrink, std = UNEVEN.sample(400_000), 0.6, 0.8
    for x in (torch.tensor([0.3, 0.1]).double(), torch.tensor([1.5, -0.5]).double()):
        weight = (-0.5 * ((x - shrink * clean) / std).square().sum(dim=1)).exp()
        mean = (weight[:, None] * clean).sum(dim=0) / weight.sum()
        torch.testing.assert_close(UNEVEN.denoised(x[None], shrink, std)[0], mean, atol=0.02, rtol=0)


def test_with_no_mode_left_to_tell_the_score_is_the_noises():
    x = torch.randn(5, 2).double()
    torch.testing.assert_close(UNEVEN.score(x, 1e-9, 1.0), -x)


def test_far_away_nothing_underflows():
    far = torch.full((1, 2), 200.0)
    single = GaussianMixture.of(ring(scale=0.1))
    assert single.log_density(far).isfinite().all()
    assert single.score(far).isfinite().all()


def test_a_mixture_of_the_data_room_keeps_its_density():
    x, given = torch.randn(20, 2), ring()
    torch.testing.assert_close(GaussianMixture.of(given).log_density(x), given.log_density(x))
    assert GaussianMixture.of(given).double().centers.dtype == torch.float64


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianMixture(CENTERS, torch.zeros(3).double(), UNEVEN.weights), "standard deviations"),
        (lambda: GaussianMixture(CENTERS, UNEVEN.scales, torch.ones(3).double()), "add up to 1"),
        (lambda: GaussianMixture(CENTERS, UNEVEN.scales, torch.tensor([1.5, -0.7, 0.2]).double()), "greater than 0"),
        (lambda: UNEVEN.sample(0), "ask for one or more"),
        (lambda: UNEVEN.score(torch.zeros(4, 3).double()), "2 coordinates"),
        (lambda: UNEVEN.score(torch.zeros(4, 2).double(), 1.0, torch.ones(3)), "one for each example"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
