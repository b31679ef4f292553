from inspect import unwrap

import pytest
import torch
from torch.nn import functional as F

from labkit.foundations.dropout import Dropout, drop, dropout


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_matches_torch_with_the_same_mask(rate):
    """Values and gradients. Torch's mask is read off what it does to ones, under the same seed."""
    x = torch.randn(40, 30, requires_grad=True)
    torch.manual_seed(7)
    kept = F.dropout(torch.ones_like(x), rate) > 0
    torch.manual_seed(7)
    theirs = F.dropout(x, rate)
    ours, factors = drop(x, torch.where(kept, 0.99, 0.0), rate, training=True)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(factors, F.dropout(torch.ones_like(x), 0.0) * kept / (1 - rate))
    upstream = torch.randn_like(x)
    torch.testing.assert_close(torch.autograd.grad(ours, x, upstream), torch.autograd.grad(theirs, x, upstream))


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_moments(rate):
    """The mean stays x; the variance is x squared times rate / (1 - rate); the share of zeros is the rate."""
    y = dropout(torch.full((400_000,), 2.0), rate)
    assert y.mean().item() == pytest.approx(2.0, rel=0.02)
    assert y.var().item() == pytest.approx(4.0 * rate / (1 - rate), rel=0.03)
    assert (y == 0).float().mean().item() == pytest.approx(rate, abs=0.005)
    assert y.max().item() == pytest.approx(2.0 / (1 - rate))


def test_a_number_at_the_rate_stays_and_below_goes():
    uniform = torch.tensor([0.0, 0.49, 0.5, 0.99])
    y, factors = drop(torch.full((4,), 3.0), uniform, 0.5, training=True)
    assert factors.tolist() == [0.0, 0.0, 2.0, 2.0]
    assert y.tolist() == [0.0, 0.0, 6.0, 6.0]


def test_every_number_has_a_coin_of_its_own():
    y = dropout(torch.ones(200, 200), 0.5) > 0
    assert 0 < y.float().mean(dim=0).std().item() < 0.1
    assert 0 < y.float().mean(dim=1).std().item() < 0.1


def test_nothing_happens_in_evaluation_and_at_rate_zero():
    x = torch.randn(5, 3)
    layer = Dropout(0.7)
    assert (layer(x) == 0).any()
    assert torch.equal(layer.eval()(x), x)
    assert torch.equal(dropout(x, 0.0), x)
    assert torch.equal(dropout(x, 0.7, training=False), x)
    y, factors = drop(x, torch.zeros(5, 3), 0.7, training=False)
    assert torch.equal(y, x)
    assert torch.equal(factors, torch.ones(5, 3))


def test_rate_one_drops_all_without_dividing_by_zero():
    x = torch.randn(5, requires_grad=True)
    y = dropout(x, 1.0)
    assert not torch.stack(drop(x, torch.full((5,), 0.99), 1.0, training=True)).any()
    torch.testing.assert_close(y, F.dropout(x, 1.0))
    y.sum().backward()
    assert not x.grad.any()


def test_the_input_is_left_as_it_was():
    x, uniform = torch.ones(100), torch.rand(100)
    before = uniform.clone()
    drop(x, uniform, 0.5, training=True)
    dropout(x, 0.5)
    assert torch.equal(x, torch.ones(100))
    assert torch.equal(uniform, before)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_that_is_no_share_is_refused(rate):
    for call in (
        lambda: dropout(torch.ones(2), rate),
        lambda: drop(torch.ones(2), torch.ones(2), rate, True),
        lambda: Dropout(rate),
    ):
        with pytest.raises(ValueError, match="from 0 to 1"):
            call()


def test_random_numbers_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="one random number for each"):
        unwrap(drop)(torch.ones(4, 3), torch.rand(4, 1), 0.5, True)


def test_a_layer_says_its_rate():
    assert repr(Dropout(0.3)) == "Dropout(rate=0.3)"
