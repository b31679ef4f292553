import copy

import pytest
import torch
from torch import nn

from labkit.foundations.mlp import MLP
from labkit.foundations.optimizers import SGD, Adam, AdamW, adamw_step

PAIRS = {
    "SGD": (SGD, torch.optim.SGD, {"lr": 0.05}),
    "weight decay": (SGD, torch.optim.SGD, {"lr": 0.05, "weight_decay": 0.1}),
    "momentum": (SGD, torch.optim.SGD, {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1}),
    "Nesterov": (SGD, torch.optim.SGD, {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    "Adam": (Adam, torch.optim.Adam, {"lr": 0.01}),
    "Adam with L2": (Adam, torch.optim.Adam, {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    "AdamW": (AdamW, torch.optim.AdamW, {"lr": 0.01}),
    "AdamW, other numbers": (AdamW, torch.optim.AdamW, {"lr": 0.02, "betas": (0.7, 0.9), "weight_decay": 0.5}),
}
every_pair = pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS.values(), ids=PAIRS)


def twins(ours, theirs, options):
    models = [MLP([4, 8, 3]).double()]
    models.append(copy.deepcopy(models[0]))
    optimizers = [make(model.parameters(), **options) for make, model in zip((ours, theirs), models, strict=True)]
    return models, optimizers


def one_step(model, optimizer, step):
    draw = torch.Generator().manual_seed(step)
    x, y = (torch.randn(16, size, generator=draw, dtype=torch.float64) for size in (4, 3))
    optimizer.zero_grad()
    (model(x) - y).square().mean().backward()
    optimizer.step()


@every_pair
def test_matches_torch_step_for_step(ours, theirs, options):
    models, optimizers = twins(ours, theirs, options)
    start = copy.deepcopy(models[0].state_dict())
    for step in range(100):
        for model, optimizer in zip(models, optimizers, strict=True):
            one_step(model, optimizer, step)
        torch.testing.assert_close(models[0].state_dict(), models[1].state_dict())
    assert not torch.allclose(models[0].layers[0].weight, start["layers.0.weight"], atol=0.01)


@every_pair
def test_groups_with_rates_of_their_own_match_torch(ours, theirs, options):
    models, optimizers = [MLP([4, 8, 3]).double()], []
    models.append(copy.deepcopy(models[0]))
    for make, model in zip((ours, theirs), models, strict=True):
        first, second = model.layers
        groups = [{"params": first.parameters()}, {"params": second.parameters(), "lr": 0.001, "weight_decay": 0.0}]
        optimizers.append(make(groups, **options))
    for step in range(10):
        for model, optimizer in zip(models, optimizers, strict=True):
            one_step(model, optimizer, step)
    torch.testing.assert_close(models[0].state_dict(), models[1].state_dict())


@every_pair
def test_a_weight_without_gradient_rests_and_counts_its_own_steps(ours, theirs, options):
    results = []
    for make in (ours, theirs):
        weights = [nn.Parameter(torch.ones(3, dtype=torch.float64)), nn.Parameter(torch.ones(2, dtype=torch.float64))]
        optimizer = make(weights, **options)
        for step in range(6):
            weights[0].grad = torch.full_like(weights[0], 0.5 + step)
            weights[1].grad = torch.full_like(weights[1], 2.0 - step) if step >= 3 else None
            optimizer.step()
            if step == 2:
                assert torch.equal(weights[1].detach(), torch.ones(2, dtype=torch.float64))
        results.append([weight.detach() for weight in weights])
    torch.testing.assert_close(*results)


@every_pair
def test_goes_on_from_a_saved_state(ours, theirs, options):
    model = MLP([4, 8, 3]).double()
    optimizer = ours(model.parameters(), **options)
    for step in range(5):
        one_step(model, optimizer, step)
    twin = copy.deepcopy(model)
    other = ours(twin.parameters(), **options)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for step in range(5, 10):
        one_step(model, optimizer, step)
        one_step(twin, other, step)
    torch.testing.assert_close(model.state_dict(), twin.state_dict())


@every_pair
def test_gradients_are_left_as_they_were(ours, theirs, options):
    weight = nn.Parameter(torch.ones(3))
    optimizer = ours([weight], **options)
    for _ in range(3):
        weight.grad = torch.tensor([1.0, -2.0, 3.0])
        optimizer.step()
        assert torch.equal(weight.grad, torch.tensor([1.0, -2.0, 3.0]))


def test_a_closure_is_run_with_gradients_and_its_loss_comes_back():
    weight = nn.Parameter(torch.tensor([2.0]))
    optimizer = SGD([weight], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = weight.square().sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 4.0
    assert weight.item() == 1.0


def test_the_written_out_step_is_the_optimizer():
    weight = nn.Parameter(torch.randn(5, dtype=torch.float64))
    optimizer = AdamW([weight], lr=0.03, betas=(0.8, 0.9), weight_decay=0.2)
    copied = weight.detach().clone(), *torch.zeros(2, 5, dtype=torch.float64)
    for step in range(1, 8):
        weight.grad = torch.randn(5, dtype=torch.float64)
        copied = adamw_step(copied[0], weight.grad, *copied[1:], step, 0.03, (0.8, 0.9), 0.2)
        optimizer.step()
        torch.testing.assert_close(copied[0], weight.detach())


def test_adams_first_step_has_the_length_of_the_rate_whatever_the_gradient():
    weight = nn.Parameter(torch.zeros(3, dtype=torch.float64))
    weight.grad = torch.tensor([1e-4, 1.0, -1e4], dtype=torch.float64)
    Adam([weight], lr=0.1).step()
    torch.testing.assert_close(weight.detach(), torch.tensor([-0.1, -0.1, 0.1]).double(), rtol=2e-4, atol=0)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_momentum_rolls_to_the_geometric_sum(momentum):
    """Under a constant gradient of 1 the speed becomes 1 / (1 - momentum)."""
    weight = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, places = SGD([weight], lr=1.0, momentum=momentum), []
    for _ in range(400):
        weight.grad = torch.ones(1, dtype=torch.float64)
        optimizer.step()
        places.append(weight.item())
    assert places[-2] - places[-1] == pytest.approx(1 / (1 - momentum))


def test_decay_without_gradient_is_geometric_in_adamw_and_not_in_adam():
    """Twenty steps at a gradient of zero: AdamW shrinks every weight alike, Adam with L2 takes steps of one length."""
    results = {}
    for make in (Adam, AdamW):
        weight = nn.Parameter(torch.tensor([1.0, 100.0], dtype=torch.float64))
        optimizer = make([weight], lr=0.01, weight_decay=0.5)
        for _ in range(20):
            weight.grad = torch.zeros_like(weight)
            optimizer.step()
        results[make] = weight.detach()
    torch.testing.assert_close(results[AdamW], torch.tensor([1.0, 100.0]).double() * (1 - 0.005) ** 20)
    assert (torch.tensor([1.0, 100.0]) - results[Adam]).tolist() == pytest.approx([0.2, 0.2], rel=0.15)


@pytest.mark.parametrize(
    ("make", "options", "words"),
    [
        (SGD, {"lr": -1.0}, "lr must not be negative"),
        (SGD, {"momentum": -0.1}, "momentum must not be negative"),
        (SGD, {"nesterov": True}, "set momentum above 0"),
        (SGD, {"weight_decay": -1.0}, "weight_decay must not be negative"),
        (Adam, {"betas": (0.9, 1.0)}, "betas lie between 0 and 1"),
        (Adam, {"betas": (-0.1, 0.9)}, "betas lie between 0 and 1"),
        (AdamW, {"eps": -1.0}, "eps must not be negative"),
        (AdamW, {"lr": float("nan")}, "lr must not be negative, but is nan"),
    ],
)
def test_numbers_out_of_range_are_refused(make, options, words):
    with pytest.raises(ValueError, match=words):
        make([nn.Parameter(torch.zeros(1))], **options)
