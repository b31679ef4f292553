from inspect import unwrap

import pytest
import torch
from torch.nn import functional as F

from labkit.foundations.losses import (
    binary_cross_entropy,
    cross_entropy,
    log_softmax,
    mean_squared_error,
    softmax_cross_entropy,
)

SIZES = [1.0, 100.0, 1e4]


def value_and_gradient(loss, logits, target):
    leaf = logits.clone().requires_grad_()
    value = loss(leaf, target)
    return value.detach(), torch.autograd.grad(value, leaf)[0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", SIZES)
def test_cross_entropy_matches_torch(size, dtype):
    """Values and gradients, for logits of up to ten thousand either way, classes and probabilities."""
    logits = size * (2 * torch.rand(50, 7, dtype=dtype) - 1)
    logits[0] = size
    logits[1] = torch.tensor([-size, size, 0, 0, 0, 0, 0], dtype=dtype)
    blend = torch.rand(50, 7, dtype=dtype).softmax(dim=1)
    blend[3] = F.one_hot(torch.tensor(2), 7)
    for target in (torch.randint(7, (50,)), blend):
        ours = value_and_gradient(cross_entropy, logits, target)
        assert all(part.isfinite().all() for part in ours)
        torch.testing.assert_close(ours, value_and_gradient(F.cross_entropy, logits, target))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", SIZES)
def test_binary_cross_entropy_matches_torch(size, dtype):
    logits = size * (2 * torch.rand(60, dtype=dtype) - 1)
    logits[:6] = torch.tensor([size, -size, size, -size, 0.0, 0.0])
    target = torch.rand(60, dtype=dtype)
    target[:6] = torch.tensor([1.0, 1.0, 0.0, 0.0, 1.0, 0.3])
    ours = value_and_gradient(binary_cross_entropy, logits, target)
    assert all(part.isfinite().all() for part in ours)
    torch.testing.assert_close(ours, value_and_gradient(F.binary_cross_entropy_with_logits, logits, target))


@pytest.mark.parametrize("shape", [(5,), (4, 3), (2, 3, 2)])
def test_mean_squared_error_matches_torch(shape):
    predicted, target = torch.randn(shape), torch.randn(shape)
    ours = value_and_gradient(mean_squared_error, predicted, target)
    torch.testing.assert_close(ours, value_and_gradient(F.mse_loss, predicted, target))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", SIZES)
def test_the_written_out_loss_and_gradient_match_torch(size, dtype):
    logits, target = size * (2 * torch.rand(6, 4, dtype=dtype) - 1), torch.randint(4, (6,))
    torch.testing.assert_close(
        softmax_cross_entropy(logits, target), value_and_gradient(F.cross_entropy, logits, target)
    )
    before = logits.clone()
    softmax_cross_entropy(logits, target)
    assert torch.equal(logits, before)


def test_first_and_second_derivatives_pass_gradcheck():
    logits = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    blend = torch.rand(3, 4, dtype=torch.float64).softmax(dim=1)
    for loss in (
        lambda z: cross_entropy(z, torch.tensor([0, 3, 1])),
        lambda z: cross_entropy(z, blend),
        lambda z: binary_cross_entropy(z, blend),
    ):
        assert torch.autograd.gradcheck(loss, logits)
        assert torch.autograd.gradgradcheck(loss, logits)


def test_a_class_of_no_probability_costs_nothing_even_at_minus_infinity():
    logits = torch.tensor([[0.0, 1.0, -torch.inf]])
    wanted = F.cross_entropy(logits, torch.tensor([1]))
    torch.testing.assert_close(cross_entropy(logits, torch.tensor([1])), wanted)
    torch.testing.assert_close(cross_entropy(logits, torch.tensor([[0.0, 1.0, 0.0]])), wanted)


def test_log_softmax_ignores_a_constant_and_matches_torch():
    z = 1e4 * torch.randn(2, 3, 5, dtype=torch.float64)
    torch.testing.assert_close(log_softmax(z), z.log_softmax(dim=-1))
    torch.testing.assert_close(log_softmax(z + 7.0), log_softmax(z))


def test_a_uniform_guess_costs_the_logarithm_of_the_classes():
    for classes in (2, 10):
        value = cross_entropy(torch.zeros(3, classes), torch.zeros(3, dtype=torch.int64))
        torch.testing.assert_close(value, torch.tensor(float(classes)).log())


def test_two_classes_are_one_logit():
    """Cross-entropy with logits (0, z) is binary cross-entropy with z."""
    z, y = 5 * torch.randn(20), torch.randint(2, (20,))
    both = torch.stack([torch.zeros(20), z], dim=1)
    torch.testing.assert_close(cross_entropy(both, y), binary_cross_entropy(z, y.float()))


def test_shapes_that_would_broadcast_are_refused():
    for loss in (mean_squared_error, binary_cross_entropy):
        with pytest.raises(ValueError, match=r"must have one shape, but have \(4,\) and \(4, 1\)"):
            unwrap(loss)(torch.zeros(4), torch.zeros(4, 1))
    with pytest.raises(ValueError, match="one class for each of 3 rows"):
        unwrap(cross_entropy)(torch.zeros(3, 2), torch.zeros(3, 1, dtype=torch.int64))
    with pytest.raises(ValueError, match="must have one shape"):
        unwrap(cross_entropy)(torch.zeros(3, 2), torch.zeros(3, 1))
    with pytest.raises(ValueError, match="expected logits"):
        unwrap(cross_entropy)(torch.zeros(3), torch.zeros(3, dtype=torch.int64))


def test_no_examples_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        mean_squared_error(torch.zeros(0), torch.zeros(0))
    with pytest.raises(ValueError, match="at least one row"):
        cross_entropy(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64))


@pytest.mark.parametrize("wrong", [3, -1, -100])
def test_a_class_that_does_not_exist_is_refused(wrong):
    with pytest.raises(IndexError, match="there are 3 classes, so targets run from 0 to 2"):
        cross_entropy(torch.zeros(2, 3), torch.tensor([0, wrong]))


@pytest.mark.parametrize("loss", [cross_entropy, softmax_cross_entropy])
@pytest.mark.parametrize("wrong", [-1, 3, -100])
def test_a_class_that_is_not_there_is_refused(loss, wrong):
    """Indexing would take -1 for the last class, and torch's own loss passes over -100."""
    with pytest.raises(IndexError, match=rf"targets run from 0 to 2, and not from {min(wrong, 0)} to {max(wrong, 0)}"):
        loss(torch.randn(2, 3), torch.tensor([0, wrong]))
