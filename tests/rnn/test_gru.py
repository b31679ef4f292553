import pytest
import torch
from torch import nn

from labkit.rnn.gru import GRU
from labkit.rnn.recurrence import unroll
from peers.recurrent import torch_recurrence


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("depth", [1, 3])
def test_matches_torch(depth, both):
    ours, x = GRU(4, 5, depth, both), torch.randn(3, 7, 4)
    start = torch.randn(depth * (1 + both), 3, 5)
    outputs, (end,) = ours(x, (start,))
    torch.testing.assert_close((outputs, end), torch_recurrence(ours)(x, start))


def test_update_gate_in_closed_form():
    """The update gate chooses: shut it keeps the state to the last digit, open it writes the candidate."""
    cell, x, hidden = GRU(3, 4).double().cells[0], torch.randn(2, 3).double(), torch.randn(2, 4).double()
    with torch.no_grad():
        cell.input.bias[4:8] = 60.0
        torch.testing.assert_close(cell(x, (hidden,)).hidden, hidden)
        cell.input.bias[4:8] = -60.0
        moment = cell(x, (hidden,))
        torch.testing.assert_close(moment.hidden, moment.candidate)
        cell.input.bias[:4] = -60.0  # no reset gate: the candidate comes from the input alone
        torch.testing.assert_close(cell(x, (hidden,)).candidate, cell.input(x)[:, 8:].tanh())


def test_the_state_lies_between_the_old_one_and_the_candidate():
    seen = unroll(GRU(3, 4).cells[0], 3 * torch.randn(2, 9, 3))
    before, after, new = seen["hidden"][:, :-1], seen["hidden"][:, 1:], seen["candidate"][:, 1:]
    assert (after >= torch.minimum(before, new) - 1e-6).all()
    assert (after <= torch.maximum(before, new) + 1e-6).all()
    torch.testing.assert_close(after, seen["update"][:, 1:] * before + (1 - seen["update"][:, 1:]) * new)


def test_learns_to_count():
    torch.manual_seed(0)
    x = (torch.rand(64, 10, 1) < 0.5).float()
    network, out = GRU(1, 8), nn.Linear(8, 1)
    optimizer = torch.optim.Adam([*network.parameters(), *out.parameters()], lr=5e-2)
    for _ in range(200):
        loss = (out(network(x)[0][:, -1]) - x.sum(dim=1)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1
