import numpy as np
import pytest

from labkit.autoencoders.disentanglement import classifier_score, mutual_information, mutual_information_gap

SIZES = (4, 6, 5)
ANGLE = np.deg2rad(30)
TURN = np.array([[np.cos(ANGLE), -np.sin(ANGLE), 0], [np.sin(ANGLE), np.cos(ANGLE), 0], [0, 0, 1]])


def factors(count=4000):
    return np.random.default_rng(0).integers(SIZES, size=(count, 3))


def clean(values):
    """One dimension for each factor, in another order and stretched."""
    return values[:, [2, 0, 1]] * np.array([0.1, -3.0, 1.0])


def mixed(values):
    """Two of the dimensions hold something of both factors: the plane of the two is turned, and nothing is lost."""
    return (values / np.array(SIZES)) @ TURN


def noise(dimensions=3):
    """A code of fresh noise at every call: two calls with the same number of rows must not agree."""
    draw = np.random.default_rng(0)
    return lambda values: draw.normal(size=(len(values), dimensions))


def test_a_code_that_is_the_factors_scores_one():
    assert classifier_score(clean, SIZES) == 1.0
    np.testing.assert_allclose(mutual_information_gap(clean(factors()), factors()), 1.0, atol=0.01)


def test_a_code_that_knows_nothing_scores_chance():
    assert classifier_score(noise(), SIZES) == pytest.approx(1 / 3, abs=0.1)
    assert mutual_information_gap(noise()(factors()), factors()).max() < 0.02


def test_the_classifier_is_tested_on_votes_that_it_has_not_seen():
    """With as many dimensions of noise as votes it knows every vote that taught it by heart, and no other."""
    assert classifier_score(noise(100), SIZES, votes=200, pairs=4) == pytest.approx(1 / 3, abs=0.2)


def test_a_mixed_code_fools_the_classifier_and_not_the_gap():
    assert classifier_score(mixed, SIZES) > 0.95
    gap = mutual_information_gap(mixed(factors()), factors())
    assert gap[:2].max() < 0.5
    assert gap[2] > 0.99


def test_a_factor_in_two_dimensions_has_no_gap():
    values = factors()
    gap = mutual_information_gap(np.concatenate([clean(values), values[:, :1] * 2.0], axis=1), values)
    np.testing.assert_allclose(gap, [0, 1, 1], atol=0.01)


def test_information_in_closed_form():
    """A dimension that tells whether a factor of 4 values is above the middle holds log 2 of its log 4."""
    values = factors(20_000)
    codes = np.stack([values[:, 0] >= 2, np.zeros(len(values))], axis=1).astype(float)
    found = mutual_information(codes, values)
    assert found.shape == (2, 3)
    np.testing.assert_allclose(found[0], [np.log(2), 0, 0], atol=0.002)
    np.testing.assert_allclose(found[1], 0, atol=1e-9)
    assert mutual_information_gap(codes, values)[0] == pytest.approx(0.5, abs=0.002)


def test_a_dimension_that_nothing_moves_does_no_harm():
    assert classifier_score(lambda values: np.c_[clean(values), np.full(len(values), 7.0)], SIZES) == 1.0


def test_pairs_share_the_factor_that_is_asked_for():
    """With a code of one factor alone the classifier can name that factor, and has to guess between the others."""
    found = classifier_score(lambda values: values[:, :1] + 0.0, SIZES, votes=1200)
    assert found == pytest.approx(1 / 3 + 2 / 3 / 2, abs=0.08)


def test_other_seeds_are_other_votes():
    scores = {classifier_score(noise(), SIZES, seed) for seed in range(5)}
    assert len(scores) > 1
    assert classifier_score(noise(), SIZES, 1) == classifier_score(noise(), SIZES, 1)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="the codes have one"):
        mutual_information_gap(np.zeros((5, 1)), factors(5))
    with pytest.raises(ValueError, match="4 codes for 5"):
        mutual_information(np.zeros((4, 2)), factors(5))


def test_a_factor_that_holds_still_has_no_gap():
    values = factors(100)
    values[:, 1] = 2
    with pytest.raises(ValueError, match=r"factors \[1\] \(columns, from 0\) have one value throughout"):
        mutual_information_gap(clean(values), values)
