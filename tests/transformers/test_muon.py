"""Muon: what a step does to the singular values, and the same step as torch's own."""

import copy

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from labkit.train.schedules import apply
from labkit.transformers.muon import A, B, C, Muon, orthogonalized


@pytest.mark.parametrize("shape", [(12, 12), (8, 20), (20, 8)])
def test_directions_stay_and_become_equally_strong(shape):
    gradient = torch.randn(shape, dtype=torch.float64) * 7
    u, s, v = torch.linalg.svd(gradient, full_matrices=False)
    x = s / s.square().sum().sqrt()
    for _ in range(5):
        x = A * x + B * x**3 + C * x**5  # the singular values go through the polynomial, one by one
    assert_close(orthogonalized(gradient), u @ torch.diag(x) @ v)
    assert 0.6 < x[s > 0.05 * s.sum()].min() < x.max() < 1.25


def test_size_of_the_gradient_does_not_matter():
    gradient = torch.randn(6, 9)
    assert_close(orthogonalized(1000 * gradient), orthogonalized(gradient), atol=1e-4, rtol=1e-3)


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch before 2.9 has no Muon of its own")
@pytest.mark.parametrize("shape", [(16, 16), (32, 16), (16, 48)])
def test_steps_as_torch_does(shape):
    """Torch orthogonalizes in bfloat16: steps agree to its two or three digits."""
    start, gradients = torch.randn(shape), torch.randn(5, *shape)
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    mine = Muon([ours], [nn.Parameter(torch.zeros(1))], rate=0.02, decay=0.1)
    torchs = torch.optim.Muon([theirs], lr=0.02, weight_decay=0.1, momentum=0.95, nesterov=True)
    for gradient in gradients:
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        mine.step(), torchs.step()
    moved = (theirs - start).norm()
    assert (ours - theirs).norm() < 0.02 * moved


def test_others_step_as_adamw():
    first = nn.Parameter(torch.ones(4))
    second = nn.Parameter(first.detach().clone())
    muon = Muon([nn.Parameter(torch.eye(3))], [{"params": [first], "lr": 0.1}])
    adam = torch.optim.AdamW([second], lr=0.1, betas=(0.9, 0.99), weight_decay=0.0)
    for _ in range(3):
        first.grad = second.grad = torch.arange(4.0)
        muon.step(), adam.step()
    assert_close(first, second)
    assert_close(muon.param_groups[0]["params"][0], nn.Parameter(torch.eye(3))), "without a gradient nothing moves"


def test_one_schedule_moves_both():
    matrix, other = nn.Parameter(torch.randn(3, 3)), nn.Parameter(torch.randn(3))
    before = matrix.detach().clone(), other.detach().clone()
    muon = Muon([matrix], [other])
    apply(lambda step: 0.0, muon)
    matrix.grad, other.grad = torch.randn(3, 3), torch.randn(3)
    muon.step()
    assert_close(matrix.detach(), before[0])
    assert_close(other.detach(), before[1])
    muon.zero_grad()
    assert matrix.grad is None
    assert other.grad is None


def test_learns_a_map_of_which_one_direction_is_a_hundred_times_as_steep_as_another():
    x = torch.randn(256, 16) * torch.logspace(0, -2, 16)
    target = x @ torch.randn(16, 16)
    matrix = nn.Parameter(torch.zeros(16, 16))
    optimizer = Muon([matrix], [nn.Parameter(torch.zeros(1))], decay=0.0)
    for step in range(100):
        optimizer.param_groups[0]["lr"] = 0.4 * (1 - step / 100)
        optimizer.zero_grad()
        loss = (x @ matrix - target).square().mean()
        loss.backward()
        optimizer.step()
    assert loss < 0.01 * target.square().mean()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="belongs to the others"):
        Muon([nn.Parameter(torch.zeros(3))], [nn.Parameter(torch.zeros(3))])


def test_its_state_is_saved_whole_and_training_goes_on_from_it():
    first, second = (nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 3)) for _ in range(2))
    one, two = (
        Muon([p for p in m.parameters() if p.ndim == 2], [p for p in m.parameters() if p.ndim < 2])
        for m in (first, second)
    )
    x = torch.randn(5, 4)

    def step(model, optimizer):
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()

    for _ in range(3):
        step(first, one)
    saved = copy.deepcopy(one.state_dict())
    assert len(saved["state"]) == len(list(first.parameters()))
    second.load_state_dict(first.state_dict())
    two.load_state_dict(saved)
    for _ in range(3):
        step(first, one), step(second, two)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_groups_join_later():
    matrix, late, bias = (nn.Parameter(torch.ones(size)) for size in ((2, 2), (3, 3), (3,)))
    optimizer = Muon([matrix], [], rate=0.1, decay=0.0)
    optimizer.add_param_group({"params": [late]})
    optimizer.add_param_group({"params": bias, "adam": True, "lr": 0.5})
    for parameter in (matrix, late, bias):
        parameter.grad = torch.ones_like(parameter)
    before = late.clone()
    optimizer.step()
    torch.testing.assert_close(bias, torch.full((3,), 0.5))  # Adam's first step has the length of its rate
    torch.testing.assert_close(before - late, 0.1 * orthogonalized(torch.ones(3, 3)), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="belongs to the others"):
        optimizer.add_param_group({"params": [nn.Parameter(torch.ones(2))]})
