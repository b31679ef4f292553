"""Mixtures on the plane: their samples and their densities, beside torch.distributions and scikit-learn."""

import math
from itertools import islice

import pytest
import torch
from sklearn.datasets import make_moons
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from labkit.data.mixtures import Mixture, grid, ring, two_moons


def peer(mixture: Mixture) -> MixtureSameFamily:
    centers = mixture.centers.double()
    each = Independent(Normal(centers, torch.full_like(centers, mixture.scale)), 1)
    return MixtureSameFamily(Categorical(torch.ones(len(centers))), each)


@pytest.mark.parametrize("mixture", [ring(), grid(), two_moons()], ids=lambda mixture: mixture.title)
def test_density_matches_torch(mixture):
    points = 6 * torch.rand(3, 50, 2, dtype=torch.float64) - 3
    torch.testing.assert_close(mixture.log_density(points), peer(mixture).log_prob(points))


@pytest.mark.parametrize("mixture", [ring(scale=0.3), two_moons(scale=0.2)], ids=lambda mixture: mixture.title)
def test_density_integrates_to_one(mixture):
    places = torch.linspace(-4, 4, 401, dtype=torch.float64)
    density = mixture.log_density(torch.cartesian_prod(places, places)).exp()
    assert density.sum().item() * (8 / 400) ** 2 == pytest.approx(1.0, abs=1e-6)


def test_far_away_the_log_density_is_still_a_number():
    """The nearest Gaussian alone counts there."""
    found = ring().log_density(torch.tensor([102.0, 0.0], dtype=torch.float64))
    assert found.item() == pytest.approx(-0.5 * (100 / 0.1) ** 2 - math.log(2 * math.pi * 0.01) - math.log(8), rel=1e-6)


def test_samples_follow_the_density():
    mixture, draw = ring(scale=0.2), torch.Generator().manual_seed(0)
    points, modes = mixture.sample_with_modes(20_000, draw)
    off = points - mixture.centers[modes]
    torch.testing.assert_close(off.T.cov(), 0.04 * torch.eye(2), atol=1e-3, rtol=0)
    assert (modes.bincount() / 20_000 - 1 / 8).abs().max() < 0.01
    # The mean log density of samples is minus the entropy: that of one Gaussian plus the choice among eight.
    entropy = math.log(2 * math.pi * math.e * 0.04) + math.log(8)
    assert -mixture.log_density(points).mean().item() == pytest.approx(entropy, abs=0.03)


def test_a_ring_begins_on_the_right_and_turns_left():
    centers = ring(4, radius=2.0).centers
    torch.testing.assert_close(centers, torch.tensor([[2.0, 0], [0, 2], [-2, 0], [0, -2]]), atol=1e-6, rtol=0)


def test_a_grid_runs_row_by_row_from_below():
    assert grid(2, spacing=3.0).centers.tolist() == [[-1.5, -1.5], [1.5, -1.5], [-1.5, 1.5], [1.5, 1.5]]


def test_moons_stand_where_scikit_learn_has_them():
    theirs = torch.tensor(make_moons(500, noise=None)[0], dtype=torch.float32)
    centers = two_moons().centers
    assert torch.cdist(theirs, centers).min(dim=1).values.max() < math.pi / 63 / 2 + 1e-3
    assert torch.cdist(centers, theirs).min(dim=1).values.max() < math.pi / 249 / 2 + 1e-3


def test_links_of_a_moon_do_not_show():
    """Along the arc the density is even, away from the ends."""
    angle = torch.linspace(0.8, math.pi - 0.8, 1001)
    along = two_moons().log_density(torch.stack([angle.cos(), angle.sin()], dim=-1))
    assert along.max() - along.min() < 0.15


def test_the_same_seed_gives_the_same_points_and_batches_are_fresh():
    one, same = (list(islice(ring().batches(5, torch.Generator().manual_seed(3)), 3)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert not torch.equal(one[0], one[1])


def test_errors_at_the_door():
    with pytest.raises(ValueError, match="asked for 0 points"):
        ring().sample(0)
    with pytest.raises(ValueError, match="points have 2 coordinates here, not 3"):
        ring().log_density(torch.zeros(4, 3))
    with pytest.raises(ValueError, match=r"scale must be greater than 0, not 0\.0"):
        ring(scale=0.0)
    with pytest.raises(ValueError, match="side must be greater than 0, not -1"):
        grid(-1)
    with pytest.raises(ValueError, match="must be even, not 7"):
        two_moons(modes=7)
