"""What goes wrong in an LSTM's step: each function is wrong in one thing, which its docstring names."""

import torch
import torch.nn.functional as F


def _blocks(x, hidden, input_weight, recurrent_weight, bias):
    return (F.linear(x, input_weight) + F.linear(hidden, recurrent_weight, bias)).chunk(4, dim=-1)


def _lstm(x, hidden, cell, weights, squash=torch.tanh, gate=torch.sigmoid):
    """The right answer, unless told otherwise."""
    i, f, g, o = _blocks(x, hidden, *weights)
    cell = gate(f) * cell + gate(i) * squash(g)
    return gate(o) * torch.tanh(cell), cell


def other_order(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The candidate and the output gate are exchanged.

    Several libraries store input, forget, output, candidate. torch does not. Which of its four blocks goes through the
    tanh?
    """
    i, f, o, g = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def gates_swapped(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The input gate and the forget gate are exchanged.

    The input gate multiplies the candidate, the forget gate multiplies the old cell. Which of them is the first block?
    """
    f, i, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def order_of_the_formula(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The blocks are taken in the order forget, input, output, candidate.

    Many texts write the gates in that order. The weights you are given are in torch's order. What does the exercise
    say it is?
    """
    f, i, o, g = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def interleaved(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The four blocks are read interleaved, every fourth number for one block.

    With one hidden unit you are right. The first h of the 4h numbers belong to the input gate, the next h to the forget
    gate. How must you cut the last axis?
    """
    pressed = F.linear(x, input_weight) + F.linear(hidden, recurrent_weight, bias)
    i, f, g, o = (pressed[..., n::4] for n in range(4))
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def forgets_the_other_way(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The forget gate is used as 1 - f.

    The name misleads: a forget gate of 1 keeps everything. What stands in the equation, f or 1 - f?
    """
    i, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = (1 - f.sigmoid()) * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def never_forgets(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The forget gate is missing.

    That is the LSTM of 1997, which could not empty its cell. Which factor is missing in front of the old cell?
    """
    i, _, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def coupled_gates(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The input gate is replaced by 1 - f.

    That is a variant with coupled gates, and the GRU does it. In the LSTM of this exercise the input gate has weights
    of its own. Which block have you not used?
    """
    _, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + (1 - f.sigmoid()) * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def candidate_through_a_sigmoid(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The candidate goes through a sigmoid.

    Then everything that is added to the cell is positive, and the cell can only grow. A gate lies between 0 and 1.
    Between which numbers does the candidate lie?
    """
    return _lstm(x, hidden, cell, (input_weight, recurrent_weight, bias), squash=torch.sigmoid)


def candidate_bare(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The candidate goes through no tanh.

    Your candidate has no bound, so one large input can overwrite what many steps have stored. What does the equation
    for g apply to the sum?
    """
    return _lstm(x, hidden, cell, (input_weight, recurrent_weight, bias), squash=lambda g: g)


def gates_bare(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The gates go through no sigmoid.

    A gate is a share between 0 and 1. What `chunk` gives you is the sum before the sigmoid. Which three blocks need it?
    """
    return _lstm(x, hidden, cell, (input_weight, recurrent_weight, bias), gate=lambda gate: gate)


def gates_through_a_tanh(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The gates go through a tanh.

    A gate of -1 would reverse the sign of what passes. Between which two numbers does a gate lie, and which function
    stays between them?
    """
    return _lstm(x, hidden, cell, (input_weight, recurrent_weight, bias), gate=torch.tanh)


def cell_shown_bare(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The hidden state is made from the cell without a tanh.

    A cell is a sum over time and may be large, but the hidden state lies between -1 and 1. What does the equation for h
    apply to the cell?
    """
    i, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell, cell


def old_cell_shown(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The hidden state is made from the old cell.

    Your hidden state is one step late. Which must be computed first, the new cell or the new hidden state?
    """
    i, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    return o.sigmoid() * cell.tanh(), f.sigmoid() * cell + i.sigmoid() * g.tanh()


def no_output_gate(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The output gate is missing.

    Your hidden state shows the whole cell at every step. Which of the four blocks have you not used?
    """
    i, f, g, _ = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return cell.tanh(), cell


def results_swapped(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The two results are exchanged.

    Both have the same shape, so nothing raises an error. In which order does the docstring name them?
    """
    return _lstm(x, hidden, cell, (input_weight, recurrent_weight, bias))[::-1]


def no_input_gate(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The input gate is missing.

    Your cell takes in the whole candidate at every step. Which block multiplies the candidate?
    """
    _, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def cell_squashed(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The cell itself goes through a tanh.

    Then the cell shrinks at every step, and that is what the LSTM avoids. Only the hidden state shows the tanh of the
    cell. What is handed on to the next step?
    """
    i, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = (f.sigmoid() * cell + i.sigmoid() * g.tanh()).tanh()
    return o.sigmoid() * cell, cell


def hidden_kept_as_cell(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The forget gate multiplies the old hidden state.

    There are two old states, `hidden` and `cell`. Which of them does the forget gate multiply in the equation?
    """
    i, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * hidden + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell
