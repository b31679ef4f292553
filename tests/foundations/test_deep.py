import pytest
import torch
from torch import nn

from labkit.foundations.deep import DeepMLP, layer_sizes
from labkit.foundations.losses import cross_entropy
from labkit.foundations.normalization import BatchNorm, LayerNorm


def test_is_the_layers_one_would_write():
    model = DeepMLP(4, 8, 3, depth=3, norm=LayerNorm, skip=True)
    x = torch.randn(5, 4)
    h = x @ model.read.weight.T + model.read.bias
    for layer in model.hidden:
        z = h @ layer.linear.weight.T + layer.linear.bias
        h = h + nn.functional.layer_norm(z, (8,)).relu()
    torch.testing.assert_close(model(x), h @ model.out.weight.T + model.out.bias)


def test_plain_layers_add_nothing_and_normalize_nothing():
    model = DeepMLP(4, 8, 3, depth=2)
    x = torch.randn(5, 4)
    h = model.read(x)
    for layer in model.hidden:
        h = layer.linear(h).relu()
    torch.testing.assert_close(model(x), model.out(h))


def test_a_skip_lets_a_silent_layer_pass_on_what_it_was_given():
    model = DeepMLP(4, 8, 3, depth=5, skip=True)
    for layer in model.hidden:
        nn.init.zeros_(layer.linear.weight)
    x = torch.randn(5, 4)
    torch.testing.assert_close(model(x), model.out(model.read(x)))


def test_layer_sizes_are_those_of_outputs_and_of_their_gradients():
    model = DeepMLP(4, 8, 3, depth=2, norm=BatchNorm)
    x, y = torch.randn(6, 4), torch.randint(3, (6,))
    forward, backward = layer_sizes(model, lambda: cross_entropy(model(x), y))
    h = model.hidden[0](model.read(x)).detach().requires_grad_()
    last = model.hidden[1](h)
    gradient = torch.autograd.grad(cross_entropy(model.out(last), y), [h, last])
    rms = [part.detach().square().mean().sqrt() for part in (h, last)]
    torch.testing.assert_close(forward, torch.stack(rms))
    torch.testing.assert_close(backward, torch.stack([part.square().mean().sqrt() for part in gradient]))
    assert not model.hidden[0]._forward_hooks, "no hook is left behind"


def test_small_weights_make_gradients_vanish_layer_by_layer():
    """With weights half as large, the gradient at the first of ten layers shrinks by 2^-9, at the last not at all."""
    model = DeepMLP(16, 64, 3, depth=10)
    x, upstream = torch.randn(50, 16), torch.randn(50, 3)
    before = layer_sizes(model, lambda: (model(x) * upstream).sum())[1]
    with torch.no_grad():
        for layer in model.hidden:
            layer.linear.weight.mul_(0.5)
    after = layer_sizes(model, lambda: (model(x) * upstream).sum())[1]
    torch.testing.assert_close(after / before, 0.5 ** torch.arange(9.0, -1.0, -1.0))


def test_no_depth_is_refused():
    with pytest.raises(ValueError, match="at least one hidden layer, not 0"):
        DeepMLP(4, 8, 3, depth=0)
