"""A training step of our own parts beside torch's: the network, its backward pass, the loss and the optimizer."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.timing import ratio
from labkit.foundations.dropout import Dropout
from labkit.foundations.losses import cross_entropy
from labkit.foundations.mlp import MLP
from labkit.foundations.normalization import BatchNorm, LayerNorm
from labkit.foundations.optimizers import SGD, Adam, AdamW

pytestmark = pytest.mark.benchmark
SIZES = {
    "lecture": ([40, 128, 128, 10], 50),
    "wider": ([784, 512, 512, 10], 128),
    "deep": ([40] + [64] * 10 + [10], 64),
}
OPTIMIZERS = {
    "SGD": (SGD, torch.optim.SGD, {"momentum": 0.9}),
    "Adam": (Adam, torch.optim.Adam, {}),
    "AdamW": (AdamW, torch.optim.AdamW, {}),
}
BETWEEN = {
    "dropout": (lambda w: nn.Sequential(nn.ReLU(), Dropout(0.5)), lambda w: [nn.ReLU(), nn.Dropout(0.5)]),
    "batch norm": (lambda w: nn.Sequential(BatchNorm(w), nn.ReLU()), lambda w: [nn.BatchNorm1d(w), nn.ReLU()]),
    "layer norm": (lambda w: nn.Sequential(LayerNorm(w), nn.ReLU()), lambda w: [nn.LayerNorm(w), nn.ReLU()]),
}


def peer_of(ours, between):
    parts = []
    for layer in ours.layers:
        parts += [nn.Linear(layer.in_features, layer.out_features), *between(layer.out_features)]
        parts[-1 - len(between(1))].load_state_dict(layer.state_dict())
    return nn.Sequential(*parts[: -len(between(1))])


def training_step(model, loss, optimizer, x, y):
    def step():
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    return step


def compare(what, ours, theirs, optimizer, sizes, batch, record_property):
    x, y = torch.randn(batch, sizes[0]), torch.randint(sizes[-1], (batch,))
    mine, other, options = optimizer
    found = ratio(
        training_step(ours, cross_entropy, mine(ours.parameters(), lr=0.0, **options), x, y),
        training_step(theirs, F.cross_entropy, other(theirs.parameters(), lr=0.0, **options), x, y),
        rounds=200,
    )
    record_property("ratio", found)
    print(f"\ntraining step, {what}, beside torch: ratio {found:.2f}")
    assert found <= 1.0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_step(size, optimizer, record_property):
    sizes, batch = SIZES[size]
    ours = MLP(sizes)
    theirs = peer_of(ours, lambda w: [nn.ReLU()])
    x = torch.randn(batch, sizes[0])
    torch.testing.assert_close(ours(x), theirs(x))
    compare(f"{size} size, {optimizer}", ours, theirs, OPTIMIZERS[optimizer], sizes, batch, record_property)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("between", BETWEEN)
def test_training_step_with_something_between(size, between, record_property):
    sizes, batch = SIZES[size]
    ours = MLP(sizes, BETWEEN[between][0])
    theirs = peer_of(ours, BETWEEN[between][1])
    x = torch.randn(batch, sizes[0])
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))
    ours.train(), theirs.train()
    compare(f"{size} size, {between}", ours, theirs, OPTIMIZERS["AdamW"], sizes, batch, record_property)
