import math

import pytest
import torch

from labkit.data.mixtures import ring
from labkit.gan.coverage import class_counts, divergence_from_uniform, mode_coverage


def test_counted_by_hand():
    centers = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    samples = torch.tensor([[0.0, 2.9], [0.0, 3.1], [10.0, 0.0], [10.0, 1.0], [5.0, 5.0]])
    found = mode_coverage(samples, centers, scale=1.0)
    assert found.counts.tolist() == [1, 2, 0]
    assert found.quality == pytest.approx(3 / 5)
    assert found.modes == 2
    assert mode_coverage(samples, centers, scale=1.0, least=2).modes == 1
    assert mode_coverage(samples, centers, scale=1.0, within=2.0).counts.tolist() == [0, 2, 0]


def test_the_mixtures_own_samples_are_good_as_often_as_a_gaussian_says():
    mixture = ring()
    found = mode_coverage(mixture.sample(50_000), mixture.centers, mixture.scale)
    assert found.modes == 8
    assert found.quality == pytest.approx(1 - math.exp(-4.5), abs=0.002)
    assert found.divergence < 0.001


def test_a_collapsed_generator_is_seen_through():
    mixture = ring()
    found = mode_coverage(mixture.centers[3] + 0.1 * torch.randn(1000, 2), mixture.centers, mixture.scale)
    assert found.modes == 1
    assert found.quality > 0.97
    assert found.divergence == pytest.approx(math.log(8))


def test_divergence_from_uniform_by_hand():
    assert divergence_from_uniform(torch.tensor([5, 5, 5])) == pytest.approx(0.0, abs=1e-12)
    assert divergence_from_uniform(torch.tensor([3, 1])) == pytest.approx(math.log(2) - 0.5623351446, abs=1e-9)
    with pytest.raises(ValueError, match="nothing was counted"):
        divergence_from_uniform(torch.tensor([0, 0]))


def test_classes_are_counted_and_checked():
    assert class_counts(torch.tensor([0, 3, 3]), 5).tolist() == [1, 0, 0, 2, 0]
    with pytest.raises(ValueError, match="classes run from 0 to 4, and 0 to 5 came"):
        class_counts(torch.tensor([0, 5]), 5)


def test_errors_at_the_door():
    with pytest.raises(ValueError, match=r"should be positive, not 0\.0"):
        mode_coverage(torch.zeros(2, 2), torch.zeros(1, 2), scale=0.0)
