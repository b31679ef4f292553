import pytest
import torch
import torch.nn.functional as F
from torch import nn

from labkit.data.sequences import echo
from labkit.rnn.gru import GRU
from labkit.rnn.lstm import LSTM
from labkit.rnn.truncated import TruncatedLoss, detached, windows
from labkit.train.fit import fit


def stream(count=2, length=12):
    return torch.randn(count, length, 3), torch.randn(count, length, 5)


def test_windows_lie_side_by_side():
    x, y = stream(length=11)
    cut = list(windows(x, y, 4))
    assert [first for _, _, first in cut] == [True, False, False]
    assert [part.shape[1] for part, _, _ in cut] == [4, 4, 3]
    torch.testing.assert_close(torch.cat([part for part, _, _ in cut], dim=1), x)
    torch.testing.assert_close(torch.cat([part for _, part, _ in cut], dim=1), y)


@pytest.mark.parametrize("network", [LSTM(3, 5), nn.LSTM(3, 5, batch_first=True), GRU(3, 5)])
def test_the_state_goes_on_as_if_nothing_had_been_cut(network):
    x, y = stream()
    losses = TruncatedLoss(network, F.mse_loss)
    found = [losses(window).item() for window in windows(x, y, 4)]
    whole = [F.mse_loss(*pair).item() for pair in zip(network(x)[0].split(4, 1), y.split(4, 1), strict=True)]
    assert found == pytest.approx(whole)
    again = [losses(window).item() for window in windows(x, y, 4)]
    assert again == pytest.approx(whole), "a new stream starts from nothing"


def test_without_carrying_every_window_starts_from_nothing():
    (x, y), network = stream(), GRU(3, 5)
    losses = TruncatedLoss(network, F.mse_loss, carry=False)
    found = [losses(window).item() for window in windows(x, y, 4)]
    alone = [F.mse_loss(network(part)[0], wanted).item() for part, wanted, _ in windows(x, y, 4)]
    assert found == pytest.approx(alone)


@pytest.mark.parametrize("network", [LSTM(3, 5), GRU(3, 5)])
def test_the_gradient_stops_at_the_window(network):
    x, y = stream()
    x.requires_grad_()
    losses = TruncatedLoss(network, F.mse_loss)
    for window in windows(x, y, 4):
        loss = losses(window)
    loss.backward()
    assert (x.grad[0] != 0).any(dim=-1).tolist() == [False] * 8 + [True] * 4


def test_one_window_is_all_of_backpropagation():
    (x, y), network = stream(), GRU(3, 5)
    loss = TruncatedLoss(network, F.mse_loss)(next(windows(x, y, 12)))
    ours = torch.autograd.grad(loss, list(network.parameters()))
    torch.testing.assert_close(ours, torch.autograd.grad(F.mse_loss(network(x)[0], y), list(network.parameters())))


def test_detached_keeps_values_and_kinds():
    weight = torch.randn(3, requires_grad=True)
    state = detached((weight * 2, [weight * 3]))
    assert isinstance(state, tuple)
    assert isinstance(state[1], list)
    assert not state[0].requires_grad
    assert not state[1][0].requires_grad
    torch.testing.assert_close(state[1][0], weight.detach() * 3)


def test_bad_windows_are_named():
    x, y = stream()
    with pytest.raises(ValueError, match="at least one step, not 0"):
        next(windows(x, y, 0))
    with pytest.raises(ValueError, match="differ in batch or steps"):
        next(windows(x, y[:, 1:], 4))


def test_learns_what_lies_within_a_window():
    torch.manual_seed(0)
    inputs, targets = echo(8, 120, delay=1)
    network, out = nn.GRU(1, 12, batch_first=True), nn.Linear(12, 2)

    def predict(x, state):
        hidden, state = network(x, state)
        return out(hidden), state

    losses = TruncatedLoss(predict, lambda logits, y: F.cross_entropy(logits.flatten(0, 1), y.flatten()))
    optimizer = torch.optim.Adam([*network.parameters(), *out.parameters()], lr=2e-2)
    cut = list(windows(inputs[:, :, None].float(), targets, 6))
    history = fit(losses, cut, optimizer, steps=150)
    assert sum(history.losses[-20:]) / 20 < 0.05
