import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from labkit.nn.frechet import frechet_distance, gaussian_distance, moments


def covariance(d, rank=None):
    root = torch.randn(d, rank or d, dtype=torch.float64)
    return root @ root.T / d


def test_matches_the_matrix_root_of_scipy():
    means, covariances = torch.randn(2, 6, dtype=torch.float64), [covariance(6), covariance(6)]
    root = sqrtm((covariances[0] @ covariances[1]).numpy()).real
    expected = (means[0] - means[1]).square().sum() + sum(c.trace() for c in covariances) - 2 * np.trace(root)
    ours = gaussian_distance(means[0], covariances[0], means[1], covariances[1])
    assert ours == pytest.approx(expected.item(), rel=1e-8)


def test_where_the_axes_agree_deviations_subtract():
    """In one dimension, and for any two covariances with the same axes: the squared distance of (mean, deviation)."""
    a, b = torch.tensor([1.0, 4.0, 9.0]).double(), torch.tensor([4.0, 1.0, 0.0]).double()
    axes = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64)).Q
    mean = torch.zeros(3, dtype=torch.float64)
    found = gaussian_distance(mean, axes * a @ axes.T, mean + 2, axes * b @ axes.T)
    assert found == pytest.approx(12 + (1 - 2) ** 2 + (2 - 1) ** 2 + (3 - 0) ** 2)


def test_turning_and_shifting_both_changes_nothing():
    one, other = torch.randn(300, 4).double(), torch.randn(200, 4).double() * 2 + 1
    turn = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64)).Q
    before = frechet_distance(one, other)
    assert frechet_distance(one @ turn + 5, other @ turn + 5) == pytest.approx(before, rel=1e-9)
    assert frechet_distance(other, one) == pytest.approx(before, rel=1e-9)
    assert frechet_distance(one, one) == pytest.approx(0.0, abs=1e-9)


def test_fewer_samples_than_features_still_give_a_number():
    thin, full = torch.randn(5, 20), torch.randn(400, 20)
    assert 0 < frechet_distance(full, thin) < 100
    assert frechet_distance(thin, thin) == pytest.approx(0.0, abs=1e-6)


def test_few_samples_make_it_too_large():
    features = torch.randn(4000, 10)
    assert frechet_distance(features[:2000], features[2000:]) < 0.3 * frechet_distance(
        features[:100], features[100:200]
    )


def test_moments_are_those_of_numpy():
    features = torch.randn(30, 3)
    mean, spread = moments(features)
    np.testing.assert_allclose(mean, features.double().numpy().mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(spread, np.cov(features.double().numpy().T), rtol=1e-12)
    assert moments(torch.randn(10, 1))[1].shape == (1, 1)


def test_one_sample_has_no_covariance():
    with pytest.raises(ValueError, match="two samples or more, not 1"):
        frechet_distance(torch.randn(1, 3), torch.randn(5, 3))
