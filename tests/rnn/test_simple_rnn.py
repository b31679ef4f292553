import pytest
import torch

from labkit.data.sequences import echo
from labkit.rnn.recurrence import copy_weights
from labkit.rnn.simple_rnn import SimpleRNN, rnn_step
from peers.recurrent import torch_recurrence


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("depth", [1, 3])
def test_matches_torch(depth, both):
    ours, x = SimpleRNN(4, 5, depth, both), torch.randn(3, 7, 4)
    start = torch.randn(depth * (1 + both), 3, 5)
    outputs, (end,) = ours(x, (start,))
    torch.testing.assert_close((outputs, end), torch_recurrence(ours)(x, start))
    again = SimpleRNN(4, 5, depth, both)
    copy_weights(again, torch_recurrence(ours))
    torch.testing.assert_close(again(x, (start,))[0], outputs)


def test_a_step_is_the_cell():
    cell, x, hidden = SimpleRNN(4, 5).cells[0], torch.randn(3, 4), torch.randn(3, 5)
    bias = cell.input.bias + cell.recurrent.bias
    step = rnn_step(x, hidden, cell.input.weight, cell.recurrent.weight, bias)
    torch.testing.assert_close(cell(x, (hidden,)).hidden, step)


def test_a_step_in_closed_form():
    one = torch.tensor([[1.0]], dtype=torch.float64)
    step = rnn_step(2 * one, 3 * one, 0.5 * one, -0.25 * one, 0.1 * one[0])
    torch.testing.assert_close(step, torch.tensor([[0.35]], dtype=torch.float64).tanh())


def test_learns_an_echo():
    inputs, targets = echo(16, 12, delay=2)
    network, out = SimpleRNN(1, 16), torch.nn.Linear(16, 1)
    optimizer = torch.optim.Adam([*network.parameters(), *out.parameters()], lr=1e-2)
    for _ in range(120):
        logits = out(network(2.0 * inputs[:, :, None] - 1)[0])[:, 2:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets[:, 2:].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert ((logits > 0) == targets[:, 2:].bool()).all()
