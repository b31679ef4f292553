from inspect import unwrap

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from labkit.foundations.losses import cross_entropy
from labkit.foundations.mlp import MLP, Backpropagation, backward_pass, forward_pass, he_, two_layer_backward

DEPTHS = [[3, 2], [3, 5, 2], [4, 6, 5, 3], [2, 3, 4, 5, 6, 3]]


def twins(sizes):
    """Ours, with its own backward pass, and torch's layers with the same weights."""
    ours = MLP(sizes).double()
    for layer in ours.layers:
        nn.init.normal_(layer.bias)
    parts = []
    for layer in ours.layers:
        parts += [nn.Linear(layer.in_features, layer.out_features).double(), nn.ReLU()]
        parts[-2].load_state_dict(layer.state_dict())
    return ours, nn.Sequential(*parts[:-1])


@pytest.mark.parametrize("sizes", DEPTHS)
def test_matches_autograd(sizes):
    """Every gradient of a net of any depth, from our backward pass and from torch's."""
    ours, theirs = twins(sizes)
    x = torch.randn(7, sizes[0], dtype=torch.float64)
    y = torch.randint(sizes[-1], (7,))
    results = []
    for run, model in ((ours.by_hand, ours), (theirs, theirs)):
        leaf = x.clone().requires_grad_()
        logits = run(leaf)
        F.cross_entropy(logits, y).backward()
        results.append([logits, leaf.grad, *(parameter.grad for parameter in model.parameters())])
    assert len(results[0]) == 2 + 2 * (len(sizes) - 1)
    torch.testing.assert_close(results[0], results[1])


@pytest.mark.parametrize("sizes", DEPTHS)
def test_passes_gradcheck(sizes):
    """Our backward pass against finite differences, in float64."""
    ours, _ = twins(sizes)
    parts = [part.detach().requires_grad_() for part in ours.parameters()]
    x = torch.randn(4, sizes[0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Backpropagation.apply, (x, *parts))


def test_the_two_layer_backward_is_the_general_one():
    x, w1, b1, w2, b2 = torch.randn(5, 3), torch.randn(4, 3), torch.randn(4), torch.randn(2, 4), torch.randn(2)
    activations = forward_pass(x, [w1, w2], [b1, b2])
    gradient = torch.randn(5, 2)
    (dw1, dw2), (db1, db2), dx = backward_pass(activations, [w1, w2], gradient)
    torch.testing.assert_close(two_layer_backward(x, activations[1], w2, gradient), (dw1, db1, dw2, db2))
    torch.testing.assert_close(dx, ((gradient @ w2) * (activations[1] > 0)) @ w1)


def test_the_gradient_of_the_inputs_is_computed_only_where_it_is_wanted():
    model = MLP([3, 4, 2])
    assert backward_pass(
        forward_pass(torch.ones(1, 3), *parts(model)), parts(model)[0], torch.ones(1, 2), to_inputs=False
    )[2] is None  # fmt: skip


def parts(model):
    return [layer.weight for layer in model.layers], [layer.bias for layer in model.layers]


def test_by_hand_and_by_autograd_are_one_model():
    model = MLP([3, 8, 8, 2])
    x, y = torch.randn(6, 3), torch.randint(2, (6,))
    torch.testing.assert_close(model(x), model.by_hand(x))
    losses = [cross_entropy(run(x), y) for run in (model, model.by_hand)]
    torch.testing.assert_close(*(torch.autograd.grad(loss, list(model.parameters())) for loss in losses))


def test_by_hand_is_refused_where_something_else_than_a_relu_stands_between():
    with pytest.raises(ValueError, match="knows the ReLU alone"):
        MLP([3, 4, 2], lambda width: nn.Tanh()).by_hand(torch.ones(1, 3))


def test_between_is_given_the_width_of_each_hidden_layer():
    widths = []
    MLP([3, 8, 5, 2], lambda width: widths.append(width) or nn.ReLU())
    assert widths == [8, 5]


def test_weights_begin_as_he_advises():
    """The second moment of what a ReLU net computes stays the same from layer to layer."""
    layer = he_(nn.Linear(400, 300))
    assert layer.weight.var().item() == pytest.approx(2 / 400, rel=0.02)
    assert not layer.bias.any()
    model = MLP([256] * 9)
    sizes = [a.square().mean().item() for a in forward_pass(torch.randn(500, 256), *parts(model))[1:-1]]
    assert max(sizes) < 2 * min(sizes)


def test_a_second_derivative_is_refused_and_not_wrong():
    model, x = MLP([3, 4, 1]), torch.randn(2, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.by_hand(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


@pytest.mark.parametrize("sizes", [[3], [3, 0], []])
def test_sizes_that_make_no_network_are_refused(sizes):
    with pytest.raises(ValueError, match="sizes run from inputs to outputs"):
        MLP(sizes)


@pytest.mark.parametrize("shape", [(2, 4), (3,), (2, 3, 3)])
def test_inputs_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"expected inputs \(batch, 3\).*flatten"):
        unwrap(MLP.forward)(MLP([3, 2]), torch.zeros(shape))


def test_learns_exclusive_or():
    """The task no single layer can do (Minsky and Papert 1969)."""
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = torch.tensor([0, 1, 1, 0])
    model = MLP([2, 16, 2])
    optimizer = torch.optim.Adam(model.parameters(), 0.05)
    for _ in range(200):
        optimizer.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.02
