from inspect import unwrap

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from labkit.foundations.normalization import BatchNorm, LayerNorm, batch_norm, layer_norm


def twins(features, momentum=0.1, eps=1e-5):
    """Ours and torch's with the same random weights and running statistics."""
    ours = BatchNorm(features, momentum, eps).double()
    theirs = nn.BatchNorm1d(features, eps, momentum).double()
    with torch.no_grad():
        for mine, other in ((ours.weight, theirs.weight), (ours.bias, theirs.bias)):
            other.copy_(nn.init.normal_(mine))
        theirs.running_mean.copy_(ours.running_mean.normal_())
        theirs.running_var.copy_(ours.running_variance.uniform_(0.5, 2.0))
    return ours, theirs


def gradients(module, x, upstream):
    leaf = x.clone().requires_grad_()
    y = module(leaf)
    return y, *torch.autograd.grad(y, [leaf, module.weight, module.bias], upstream)


@pytest.mark.parametrize(("momentum", "eps"), [(0.1, 1e-5), (0.4, 0.1)])
def test_batch_norm_matches_torch(momentum, eps):
    """Five training batches, gradients and running statistics after each, then evaluation."""
    ours, theirs = twins(6, momentum, eps)
    for size in (2, 3, 9, 16, 31):
        x, upstream = 3 + 2 * torch.randn(2, size, 6, dtype=torch.float64)
        torch.testing.assert_close(gradients(ours, x, upstream), gradients(theirs, x, upstream))
        torch.testing.assert_close(ours.running_mean, theirs.running_mean)
        torch.testing.assert_close(ours.running_variance, theirs.running_var)
    ours.eval(), theirs.eval()
    before = ours.running_mean.clone()
    x, upstream = torch.randn(2, 1, 6, dtype=torch.float64)
    torch.testing.assert_close(gradients(ours, x, upstream), gradients(theirs, x, upstream))
    assert torch.equal(ours.running_mean, before)


@pytest.mark.parametrize(("momentum", "eps"), [(0.1, 1e-5), (0.4, 0.1)])
def test_the_written_out_batch_norm_matches_torch(momentum, eps):
    """`batch_norm` with its own gradients: five training batches, then evaluation, beside torch.nn.BatchNorm1d."""
    _, theirs = twins(6, momentum, eps)
    statistics = theirs.running_mean.clone(), theirs.running_var.clone()
    for size, training in ((2, True), (3, True), (9, True), (31, True), (1, False), (5, False)):
        theirs.train(training)
        x, upstream = 3 + 2 * torch.randn(2, size, 6, dtype=torch.float64)
        leaves = [part.detach().clone().requires_grad_() for part in (x, theirs.weight, theirs.bias)]
        y, *statistics = batch_norm(*leaves, *statistics, training, momentum, eps)
        torch.testing.assert_close((y, *torch.autograd.grad(y, leaves, upstream)), gradients(theirs, x, upstream))
        torch.testing.assert_close(statistics, [theirs.running_mean, theirs.running_var])


@pytest.mark.parametrize("shape", [(7, 5), (2, 3, 5), (5,)])
def test_the_written_out_layer_norm_matches_torch(shape):
    leaves = [torch.randn(size, dtype=torch.float64, requires_grad=True) for size in (shape, (5,), (5,))]
    ours, theirs = layer_norm(*leaves, 1e-3), F.layer_norm(leaves[0], (5,), *leaves[1:], 1e-3)
    torch.testing.assert_close(ours, theirs)
    upstream = torch.randn(shape, dtype=torch.float64)
    torch.testing.assert_close(*(torch.autograd.grad(y, leaves, upstream) for y in (ours, theirs)))


@pytest.mark.parametrize("shape", [(7, 5), (2, 3, 5), (5,)])
def test_layer_norm_matches_torch(shape):
    ours, theirs = LayerNorm(5, 1e-3).double(), nn.LayerNorm(5, 1e-3).double()
    with torch.no_grad():
        theirs.weight.copy_(nn.init.normal_(ours.weight))
        theirs.bias.copy_(nn.init.normal_(ours.bias))
    x, upstream = 3 + 2 * torch.randn(2, *shape, dtype=torch.float64)
    torch.testing.assert_close(gradients(ours, x, upstream), gradients(theirs, x, upstream))


def test_gradients_pass_gradcheck():
    x, weight, bias = (torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in ((4, 3), (3,), (3,)))
    statistics = torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *parts: batch_norm(*parts, *statistics, True)[0], (x, weight, bias))
    assert torch.autograd.gradcheck(layer_norm, (x, weight, bias))


def test_float32_matches_torch_too():
    x = 3 + 2 * torch.randn(64, 8)
    statistics = torch.zeros(8), torch.ones(8)
    torch.testing.assert_close(
        batch_norm(x, torch.ones(8), torch.zeros(8), *statistics, True)[0], F.batch_norm(x, None, None, training=True)
    )


def test_features_are_standardized_and_rows_depend_on_each_other_only_in_training():
    layer, x = BatchNorm(4), 5 + 3 * torch.randn(50, 4)
    y = layer(x)
    torch.testing.assert_close(y.mean(dim=0), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.var(dim=0, correction=0), torch.ones(4), atol=1e-4, rtol=0)
    other = torch.cat([x[:1], 7 * x[1:]])
    assert not torch.allclose(layer(other)[0], y[0])
    layer.eval()
    torch.testing.assert_close(layer(other)[0], layer(x)[0])


def test_layer_norm_ignores_the_size_and_the_level_of_a_row():
    layer, x = LayerNorm(6), torch.randn(3, 6, dtype=torch.float64)
    layer.double()
    torch.testing.assert_close(layer(1000 * x + 5), layer(1000 * x))
    torch.testing.assert_close(layer(x[:1]), layer(x)[:1])


def test_running_statistics_come_to_those_of_the_data():
    layer = BatchNorm(2)
    for _ in range(300):
        layer(torch.tensor([3.0, -1.0]) + torch.tensor([2.0, 0.5]) * torch.randn(256, 2))
    torch.testing.assert_close(layer.running_mean, torch.tensor([3.0, -1.0]), atol=0.1, rtol=0)
    torch.testing.assert_close(layer.running_variance, torch.tensor([4.0, 0.25]), atol=0.0, rtol=0.1)


def test_nothing_is_changed_in_place():
    x, statistics = torch.randn(5, 3), (torch.zeros(3), torch.ones(3))
    before = x.clone()
    batch_norm(x, torch.ones(3), torch.zeros(3), *statistics, True)
    assert torch.equal(x, before)
    assert statistics[0].tolist() == [0.0] * 3
    assert statistics[1].tolist() == [1.0] * 3


def test_running_statistics_are_saved_with_the_model():
    assert set(BatchNorm(2).state_dict()) == {"weight", "bias", "running_mean", "running_variance"}


def test_one_row_is_refused_in_training_and_welcome_in_evaluation():
    layer = BatchNorm(3)
    with pytest.raises(ValueError, match="one row has no variance"):
        layer(torch.ones(1, 3))
    assert layer.eval()(torch.ones(1, 3)).shape == (1, 3)


def test_another_width_is_refused():
    with pytest.raises(ValueError, match=r"expected x of shape \(batch, 3\), got \(2, 4\)"):
        unwrap(batch_norm)(torch.ones(2, 4), *[torch.ones(3)] * 4, True)
    with pytest.raises(ValueError, match=r"expected x of shape \(\.\.\., 3\), got \(2, 4\)"):
        unwrap(layer_norm)(torch.ones(2, 4), *[torch.ones(3)] * 2)
