import pytest
import torch
from torch.distributions import Bernoulli

from labkit.autoencoders.reconstruction import bernoulli_nll, squared_error


def test_matches_torch_distributions():
    logits, x = torch.randn(5, 7).double(), torch.rand(5, 7).round().double()
    torch.testing.assert_close(bernoulli_nll(logits, x), -Bernoulli(logits=logits).log_prob(x).sum(1))


def test_gray_pixels_cost_at_least_their_entropy():
    x = torch.rand(4, 9).double()
    floor = (torch.special.entr(x) + torch.special.entr(1 - x)).sum(1)
    torch.testing.assert_close(bernoulli_nll(x.logit(), x), floor)
    assert (bernoulli_nll(x.logit() + 0.3, x) > floor).all()


def test_a_pixel_that_is_surely_wrong_costs_a_finite_number():
    assert bernoulli_nll(torch.tensor([[-500.0]]), torch.tensor([[1.0]])).item() == 500


def test_pixels_are_summed_and_images_are_kept_apart():
    x = torch.zeros(3, 1, 2, 2)
    error = squared_error(torch.full_like(x, 2.0), x)
    torch.testing.assert_close(error, torch.full((3,), 16.0))


def test_twice_as_many_equal_pixels_cost_twice_as_much():
    logits, x = torch.randn(3, 4), torch.rand(3, 4)
    twice = bernoulli_nll(logits.repeat(1, 2), x.repeat(1, 2))
    torch.testing.assert_close(twice, 2 * bernoulli_nll(logits, x))


@pytest.mark.parametrize("loss", [bernoulli_nll, squared_error])
def test_shapes_that_would_broadcast_are_refused(loss):
    with pytest.raises(ValueError, match=r"\(3, 4\) and image \(3, 1\)"):
        loss(torch.zeros(3, 4), torch.zeros(3, 1))


@pytest.mark.parametrize("pixel", [-0.1, 1.1])
def test_pixels_that_are_no_probabilities_are_refused(pixel):
    with pytest.raises(ValueError, match="between 0 and 1"):
        bernoulli_nll(torch.zeros(1, 1), torch.full((1, 1), pixel))
