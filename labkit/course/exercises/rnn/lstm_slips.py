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
    """The four blocks are taken in another order: candidate and output gate have changed places.

    Several libraries keep input, forget, output, candidate. torch does not: which of its four blocks goes through the
    tanh?
    """
    i, f, o, g = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def gates_swapped(x, hidden, cell, input_weight, recurrent_weight, bias):
    """Input gate and forget gate have changed places.

    The one belongs to what comes in, the other to what was there. Which of them stands in front of the old cell?
    """
    f, i, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def forgets_the_other_way(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The forget gate works the other way round.

    Its name misleads: an open forget gate, at 1, keeps. What stands in the equation, f or 1 - f?
    """
    i, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = (1 - f.sigmoid()) * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def never_forgets(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The old cell is kept whole: the forget gate has no effect.

    That is the LSTM of 1997. It could not empty its cell between one story and the next, and since 2000 it can. Which
    factor is missing in front of the old cell?
    """
    i, _, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def candidate_through_a_sigmoid(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The candidate goes through a sigmoid.

    Then whatever is written into the cell is positive, and it can only grow. A gate says how much: between 0 and 1. The
    candidate says what: between which numbers?
    """
    return _lstm(x, hidden, cell, (input_weight, recurrent_weight, bias), squash=torch.sigmoid)


def gates_through_a_tanh(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The gates go through a tanh.

    A gate at -1 would turn the sign of what passes. How far open can a gate be, and which function stays between these
    two numbers?
    """
    return _lstm(x, hidden, cell, (input_weight, recurrent_weight, bias), gate=torch.tanh)


def cell_shown_bare(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The cell is not squashed on its way out.

    A cell is a sum over time and may be large; the hidden state lies between -1 and 1. What happens to the cell before
    the output gate meets it?
    """
    i, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell, cell


def old_cell_shown(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The hidden state is made from the old cell.

    Your network says what it knew one step ago. Which is computed first, the new cell or the new hidden state?
    """
    i, f, g, o = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    return o.sigmoid() * cell.tanh(), f.sigmoid() * cell + i.sigmoid() * g.tanh()


def no_output_gate(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The output gate has no effect.

    All that the cell holds is shown at every step. Which of the four blocks have you not used?
    """
    i, f, g, _ = _blocks(x, hidden, input_weight, recurrent_weight, bias)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return cell.tanh(), cell


def results_swapped(x, hidden, cell, input_weight, recurrent_weight, bias):
    """The two results have changed places.

    Both have the same shape, so nobody complains. In which order does the docstring name them?
    """
    return _lstm(x, hidden, cell, (input_weight, recurrent_weight, bias))[::-1]


SLIPS = (
    other_order,
    gates_swapped,
    forgets_the_other_way,
    never_forgets,
    candidate_through_a_sigmoid,
    gates_through_a_tanh,
    cell_shown_bare,
    old_cell_shown,
    no_output_gate,
    results_swapped,
)
