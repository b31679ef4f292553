import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from labkit.rnn.gru import GRU
from labkit.rnn.lstm import LSTM
from labkit.rnn.recurrence import copy_weights, last_states, run, unroll
from labkit.rnn.simple_rnn import SimpleRNN
from peers.recurrent import torch_recurrence

NETWORKS = [SimpleRNN, LSTM, GRU]
every_network = pytest.mark.parametrize("network", NETWORKS)


def same_state(ours: tuple, theirs) -> None:
    torch.testing.assert_close(ours, theirs if isinstance(theirs, tuple) else (theirs,))


@every_network
def test_a_row_that_ends_early_is_as_if_it_were_alone(network):
    layers, x = network(4, 5, 2, bidirectional=True), torch.randn(3, 6, 4)
    lengths = torch.tensor([6, 2, 4])
    outputs, state = layers(x, lengths=lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, end = layers(x[row : row + 1, :length])
        torch.testing.assert_close(outputs[row : row + 1, :length], alone)
        torch.testing.assert_close(tuple(part[:, row : row + 1] for part in state), end)
        assert (outputs[row, length:] == 0).all()


@every_network
def test_what_stands_in_the_padding_does_not_matter_and_gets_no_gradient(network):
    layers, x = network(4, 5, bidirectional=True), torch.randn(2, 6, 4, requires_grad=True)
    lengths = torch.tensor([3, 6])
    outputs, state = layers(x, lengths=lengths)
    other = x.detach().clone()
    other[0, 3:] = 100.0
    torch.testing.assert_close(layers(other, lengths=lengths), (outputs, state))
    (outputs.sum() + sum(part.sum() for part in state)).backward()
    assert (x.grad[0, 3:] == 0).all()
    assert (x.grad[0, :3] != 0).any(dim=-1).all()


@every_network
def test_a_state_can_be_taken_up_where_it_was_left(network):
    layers, x = network(4, 5, 2), torch.randn(3, 8, 4)
    whole, end = layers(x)
    first, state = layers(x[:, :5])
    second, last = layers(x[:, 5:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    torch.testing.assert_close(last, end)


@every_network
def test_time_flows_one_way_or_both(network):
    """What is said at step 3 depends on steps up to 3, or with two directions on all."""
    for both, seen in ((False, [True] * 4 + [False] * 3), (True, [True] * 7)):
        layers, x = network(4, 5, bidirectional=both), torch.randn(1, 7, 4, requires_grad=True)
        layers(x)[0][0, 3].sum().backward()
        assert (x.grad[0] != 0).any(dim=-1).tolist() == seen


@every_network
def test_backward_is_forward_on_what_is_turned_round(network):
    cell, x = network(4, 5).cells[0], torch.randn(6, 2, 4)
    forward, end = run(cell, x.flip(0), cell.zeros(x[0]))
    backward, other = run(cell, x, cell.zeros(x[0]), backward=True)
    torch.testing.assert_close((backward, other), (forward.flip(0), end))


@every_network
def test_unroll_shows_every_step_of_the_cell(network):
    layers, x = network(4, 5), torch.randn(2, 6, 4)
    seen = unroll(layers.cells[0], x)
    torch.testing.assert_close(seen["hidden"], layers(x)[0])
    moment = layers.cells[0](x[:, 0])
    assert set(seen) == set(moment._fields)
    for name in seen:
        torch.testing.assert_close(seen[name][:, 0], getattr(moment, name))
    later = unroll(layers.cells[0], x[:, 1:], moment[: layers.cell.carried])
    torch.testing.assert_close(later["hidden"], seen["hidden"][:, 1:])


@every_network
def test_dropout_stands_between_layers_only(network):
    """In training, with the same random numbers, torch drops the same units; the top layer's output is whole."""
    ours = network(4, 16, 3, dropout=0.5)
    peer, x = torch_recurrence(ours), torch.randn(2, 5, 4)
    torch.manual_seed(1)
    outputs, state = ours.train()(x)
    torch.manual_seed(1)
    theirs, end = peer.train()(x)
    torch.testing.assert_close(outputs, theirs)
    same_state(state, end)
    assert (outputs != 0).all()
    one = network(4, 16, 1, dropout=0.5).train()
    torch.testing.assert_close(one(x), one.eval()(x))


@every_network
@pytest.mark.parametrize("both", [False, True])
def test_matches_torch_on_packed_sequences(network, both):
    ours, x = network(4, 5, 2, both), torch.randn(4, 6, 4)
    peer, lengths = torch_recurrence(ours), torch.tensor([3, 6, 1, 5])
    start = tuple(torch.randn(2 * (1 + both), 4, 5) for _ in range(ours.cell.carried))
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    theirs, end = peer(packed, start if ours.cell.carried == 2 else start[0])
    outputs, state = ours(x, start, lengths)
    torch.testing.assert_close(outputs, pad_packed_sequence(theirs, batch_first=True, total_length=6)[0])
    same_state(state, end)


@every_network
def test_gradients_match_torch_on_packed_sequences(network):
    ours, x = network(4, 5, 2, True), torch.randn(3, 6, 4, requires_grad=True)
    peer, lengths = torch_recurrence(ours), torch.tensor([3, 6, 2])
    same = x.detach().clone().requires_grad_()
    outputs, state = ours(x, lengths=lengths)
    theirs, end = peer(pack_padded_sequence(same, lengths, batch_first=True, enforce_sorted=False))
    theirs = pad_packed_sequence(theirs, batch_first=True, total_length=6)[0]
    mixture = torch.randn_like(outputs)
    ((outputs * mixture).sum() + sum(part.square().sum() for part in state)).backward()
    ends = end if isinstance(end, tuple) else (end,)
    ((theirs * mixture).sum() + sum(part.square().sum() for part in ends)).backward()
    torch.testing.assert_close(x.grad, same.grad)
    for n, cell in enumerate(ours.cells):
        end = f"_l{n // 2}" + "_reverse" * (n % 2)
        for name, layer in (("ih", cell.input), ("hh", cell.recurrent)):
            torch.testing.assert_close(layer.weight.grad, getattr(peer, f"weight_{name}{end}").grad)
            torch.testing.assert_close(layer.bias.grad, getattr(peer, f"bias_{name}{end}").grad)


def test_weights_begin_as_torchs_do():
    """Uniform within one over the root of the hidden units, biases too."""
    for weight in LSTM(3, 400).parameters():
        assert weight.abs().max() <= 0.05
        assert weight.std().item() == pytest.approx(0.05 / 3**0.5, rel=0.1)


def test_weights_are_copied_from_a_network_without_biases():
    ours, peer = GRU(4, 5), nn.GRU(4, 5, bias=False, batch_first=True)
    copy_weights(ours, peer)
    x = torch.randn(2, 6, 4)
    torch.testing.assert_close(ours(x)[0], peer(x)[0])


@pytest.mark.parametrize(
    "peer",
    [nn.LSTM(4, 5), nn.GRU(4, 6), nn.GRU(3, 5), nn.GRU(4, 5, 2), nn.GRU(4, 5, bidirectional=True), nn.RNN(4, 5)],
)
def test_weights_of_another_network_are_refused(peer):
    with pytest.raises(ValueError, match="differ in kind or size"):
        copy_weights(GRU(4, 5), peer)


def test_another_nonlinearity_is_refused():
    with pytest.raises(ValueError, match="differ in kind or size"):
        copy_weights(SimpleRNN(4, 5), nn.RNN(4, 5, nonlinearity="relu"))


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"hidden": 0}, "at least 1, not 4, 0 and 1"),
        ({"depth": 0}, "at least 1, not 4, 5 and 0"),
        ({"dropout": 1.0}, "from 0 to below 1, not 1.0"),
    ],
)
def test_sizes_that_make_no_network_are_named(sizes, words):
    with pytest.raises(ValueError, match=words):
        SimpleRNN(**{"width": 4, "hidden": 5} | sizes)


def test_bad_input_is_named_at_the_door():
    layers, x = LSTM(4, 5), torch.randn(2, 6, 4)
    with pytest.raises(ValueError, match=r"\(batch, steps, 4\).*not \(2, 6, 3\)"):
        layers(x[:, :, :3])
    with pytest.raises(ValueError, match="with a step at least"):
        layers(x[:, :0])
    with pytest.raises(ValueError, match=r"a tuple of 2 times \(1, 2, 5\)"):
        layers(x, (torch.zeros(1, 2, 5),))
    with pytest.raises(ValueError, match=r"\(1, 3, 5\)"):
        layers(x, (torch.zeros(1, 2, 5), torch.zeros(1, 3, 5)))
    for lengths in ([0, 3], [3, 7], [3]):
        with pytest.raises(ValueError, match="2 numbers from 1 to 6"):
            layers(x, lengths=torch.tensor(lengths))


@every_network
def test_the_last_states_of_padded_rows_are_what_both_directions_ended_with(network):
    layers, x, lengths = network(4, 5, bidirectional=True), torch.randn(3, 6, 4), torch.tensor([6, 1, 4])
    outputs, (hidden, *_) = layers(x, lengths=lengths)
    torch.testing.assert_close(last_states(outputs, lengths), torch.cat([hidden[0], hidden[1]], dim=1))


@pytest.mark.parametrize(("width", "lengths"), [(4, [0, 3]), (4, [4, 1]), (4, [3]), (5, [3, 2])])
def test_last_states_that_do_not_exist_are_refused(width: int, lengths: list[int]):
    with pytest.raises(ValueError, match="lengths"):
        last_states(torch.zeros(2, 3, width), torch.tensor(lengths))
