import math

import pytest
import torch
from torch import nn

from labkit.rnn.lstm import LSTM, lstm_step, set_forget_bias
from labkit.rnn.recurrence import unroll
from peers.recurrent import torch_recurrence


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("depth", [1, 3])
def test_matches_torch(depth, both):
    ours, x = LSTM(4, 5, depth, both), torch.randn(3, 7, 4)
    start = (torch.randn(depth * (1 + both), 3, 5), torch.randn(depth * (1 + both), 3, 5))
    torch.testing.assert_close(ours(x, start), torch_recurrence(ours)(x, start))
    torch.testing.assert_close(ours(x), torch_recurrence(ours)(x))


def test_a_step_is_the_cell_and_torchs():
    cell, x, hidden, memory = LSTM(4, 5).cells[0], torch.randn(3, 4), torch.randn(3, 5), torch.randn(3, 5)
    bias = cell.input.bias + cell.recurrent.bias
    step = lstm_step(x, hidden, memory, cell.input.weight, cell.recurrent.weight, bias)
    torch.testing.assert_close(tuple(cell(x, (hidden, memory))[:2]), step)
    peer = nn.LSTMCell(4, 5)
    step = lstm_step(x, hidden, memory, peer.weight_ih, peer.weight_hh, peer.bias_ih + peer.bias_hh)
    torch.testing.assert_close(step, peer(x, (hidden, memory)))


def test_gates_in_closed_form():
    """All weights zero: every gate is a half, the candidate is zero, and the cell halves."""
    zeros, cell = torch.zeros(1, 2, dtype=torch.float64), torch.tensor([[0.8, -2.0]], dtype=torch.float64)
    none = torch.zeros(8, 2, dtype=torch.float64)
    hidden, after = lstm_step(zeros, zeros, cell, none, none, none[:, 0])
    torch.testing.assert_close(after, cell / 2)
    torch.testing.assert_close(hidden, (cell / 2).tanh() / 2)


def test_an_open_forget_gate_and_a_closed_input_gate_keep_the_cell():
    layers = LSTM(3, 4)
    set_forget_bias(layers, 40.0)
    with torch.no_grad():
        layers.cells[0].input.bias[:4] = -40.0
    state = (torch.zeros(1, 2, 4), torch.randn(1, 2, 4))
    torch.testing.assert_close(layers(torch.randn(2, 50, 3), state)[1][1], state[1])


def test_gates_lie_between_0_and_1_and_the_cell_is_what_they_say():
    seen = unroll(LSTM(3, 4).cells[0], 5 * torch.randn(2, 9, 3))
    for name in ("input", "forget", "output"):
        assert ((seen[name] > 0) & (seen[name] < 1)).all()
    before, after = seen["cell"][:, :-1], seen["cell"][:, 1:]
    torch.testing.assert_close(after, seen["forget"][:, 1:] * before + seen["input"][:, 1:] * seen["candidate"][:, 1:])
    torch.testing.assert_close(seen["hidden"], seen["output"] * seen["cell"].tanh())


@pytest.mark.parametrize("network", [LSTM(3, 4, 2, True), nn.LSTM(3, 4, 2, bidirectional=True)])
def test_the_forget_bias_of_all_layers_is_set_and_nothing_else(network):
    before = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    set_forget_bias(network, 2.0)
    biases = {name: weight for name, weight in network.named_parameters() if weight.ndim == 1}
    assert len(biases) == 8
    total = sum(bias[4:8] for bias in biases.values())
    torch.testing.assert_close(total, torch.full((4,), 8.0))
    for name, weight in network.named_parameters():
        rows = [*range(4), *range(8, 16)] if weight.ndim == 1 else range(16)
        torch.testing.assert_close(weight[list(rows)], before[name][list(rows)])


def test_learns_to_remember_the_first_of_thirty():
    torch.manual_seed(0)
    x = torch.randn(32, 30, 1)
    network, out = LSTM(1, 8), nn.Linear(8, 1)
    set_forget_bias(network, 3.0)
    optimizer = torch.optim.Adam([*network.parameters(), *out.parameters()], lr=5e-2)
    for _ in range(100):
        loss = (out(network(x)[0][:, -1]) - x[:, 0].sign()).square().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    assert math.sqrt(loss.item()) < 0.5
