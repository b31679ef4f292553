import pytest
import torch

from labkit.rnn.gradient_flow import gradient_norms, set_spectral_radius, spectral_radius
from labkit.rnn.gru import GRU
from labkit.rnn.lstm import LSTM, set_forget_bias
from labkit.rnn.recurrence import Cell, run
from labkit.rnn.simple_rnn import SimpleRNN


@torch.no_grad()
def silent(cell: Cell) -> Cell:
    """No input and no bias: the state stays at zero, where tanh has slope 1."""
    for layer in (cell.input, cell.recurrent):
        layer.bias.zero_()
    return cell.double()


@pytest.mark.parametrize("radius", [0.8, 1.0, 1.1])
def test_a_scaled_rotation_has_a_closed_form(radius):
    """The gradient of an Elman network at rest is a power of its matrix: a rotation keeps every length."""
    cell = silent(SimpleRNN(3, 6).cells[0])
    with torch.no_grad():
        cell.recurrent.weight.copy_(radius * torch.linalg.qr(torch.randn(6, 6).double())[0])
    norms = gradient_norms(cell, torch.zeros(4, 30, 3).double())
    torch.testing.assert_close(norms, radius ** torch.arange(29.0, -1, -1).double())
    assert spectral_radius(cell.recurrent.weight) == pytest.approx(radius)


def test_any_matrix_has_a_closed_form():
    cell = silent(SimpleRNN(3, 6).cells[0])
    weight, target = cell.recurrent.weight.detach(), torch.randn(6).double()
    norms = gradient_norms(cell, torch.zeros(2, 9, 3).double(), lambda hidden: hidden @ target)
    expected = [(torch.linalg.matrix_power(weight.T, 8 - t) @ target).norm() for t in range(9)]
    torch.testing.assert_close(norms, torch.stack(expected))


def test_a_cell_that_only_forgets_has_a_closed_form():
    """With no way from the hidden state to the gates an LSTM's gradient goes through the cell alone: f to the power."""
    cell = silent(LSTM(3, 4).cells[0])
    with torch.no_grad():
        cell.recurrent.weight.zero_()
        cell.input.bias[4:8] = 2.0
    norms = gradient_norms(cell, torch.zeros(2, 12, 3).double(), lambda hidden: hidden[:, 0])
    forget = torch.tensor(2.0).double().sigmoid()
    torch.testing.assert_close(norms[:-1] / norms[1:], torch.cat([forget.expand(10), (forget * 0.5)[None]]))
    assert norms[-1] == 1


@pytest.mark.parametrize("network", [SimpleRNN, LSTM, GRU])
def test_norms_are_those_of_autograd_through_the_layer(network):
    """The gradient with respect to the state at step 4 is that of the rest of the sequence, begun in this state."""
    cell, x = network(3, 5).cells[0], torch.randn(6, 7, 3)
    norms = gradient_norms(cell, x, lambda hidden: hidden.square().sum(dim=-1))
    sequence = x.transpose(0, 1)
    _, state = run(cell, sequence[:4], cell.zeros(x))
    state = tuple(part.detach().requires_grad_() for part in state)
    last = run(cell, sequence[4:], state)[1][0]
    found = torch.cat(torch.autograd.grad(last.square().sum(), state), dim=-1)
    torch.testing.assert_close(norms[3], found.norm(dim=-1).mean())


def test_frozen_weights_and_no_grad_do_not_matter():
    cell, x = GRU(3, 5).cells[0], torch.randn(2, 6, 3)
    torch.manual_seed(1)
    norms = gradient_norms(cell, x)
    cell.requires_grad_(False)
    torch.manual_seed(1)
    with torch.no_grad():
        torch.testing.assert_close(gradient_norms(cell, x), norms)
    assert norms[-1].item() == pytest.approx(1.0)


def test_an_open_forget_gate_carries_the_gradient_far():
    layers = LSTM(3, 16)
    x = torch.randn(8, 60, 3)
    first = gradient_norms(layers.cells[0], x)[0]
    set_forget_bias(layers, 5.0)
    assert gradient_norms(layers.cells[0], x)[0] > 100 * first


def test_the_spectral_radius_is_set():
    cell = SimpleRNN(3, 20).cells[0]
    set_spectral_radius(cell, 1.7)
    assert spectral_radius(cell.recurrent.weight) == pytest.approx(1.7, rel=1e-4)
    powers = torch.linalg.matrix_power(cell.recurrent.weight.detach().double(), 400)
    assert powers.norm().item() ** (1 / 400) == pytest.approx(1.7, rel=0.02)


def test_what_has_no_radius_to_set_is_named():
    with pytest.raises(ValueError, match="not a square"):
        set_spectral_radius(LSTM(3, 4).cells[0], 1.0)
    with pytest.raises(ValueError, match="at least 0, not -1"):
        set_spectral_radius(SimpleRNN(3, 4).cells[0], -1.0)
    cell = SimpleRNN(3, 4).cells[0]
    torch.nn.init.zeros_(cell.recurrent.weight)
    with pytest.raises(ValueError, match="no eigenvalue but 0"):
        set_spectral_radius(cell, 1.0)
