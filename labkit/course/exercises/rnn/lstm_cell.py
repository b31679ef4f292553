"""Exercise: one step of an LSTM."""

from dataclasses import replace

import torch
import torch.nn.functional as F

from labkit.course.spec import Case, Exercise, Misconception, Property

EVERYTHING = ("x", "hidden", "cell", "input_weight", "recurrent_weight", "bias")


def _case(name: str, b: int, d: int, h: int, draw: torch.Generator, tests: str = "values") -> Case:
    shapes = {"x": (b, d), "hidden": (b, h), "cell": (b, h)}
    shapes |= {"input_weight": (4 * h, d), "recurrent_weight": (4 * h, h), "bias": (4 * h,)}
    args = {part: torch.randn(shape, generator=draw) for part, shape in shapes.items()}
    return Case(name, args, tests, gradients=EVERYTHING)


def _pressed(case: Case, blocks: tuple[float, float, float, float]) -> Case:
    """No weights: the biases alone say how far each gate is open."""
    h = case.args["hidden"].shape[1]
    for name in ("input_weight", "recurrent_weight"):
        case.args[name].zero_()
    case.args["bias"].copy_(torch.tensor(blocks).repeat_interleave(h))
    return case


def cases(seed: int, device: torch.device) -> list[Case]:
    """One unit and several; gates open and shut; the first step; float64 and strides."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    keeps = _pressed(_case("forget gate open, input gate shut", 1, 1, 2, draw, "keeps"), (-30.0, 30.0, 1.0, 0.5))
    writes = _pressed(_case("forget gate shut, input gate open", 1, 1, 2, draw, "writes"), (30.0, -30.0, 0.5, 1.0))
    first = _case("the first step: both states are zeros", 2, 2, 2, draw)
    first.args["hidden"].zero_(), first.args["cell"].zero_()
    large = _case("a large cell", 1, 2, 2, draw)
    large.args["cell"].mul_(20)
    double = _case("float64", 2, 2, 3, draw)
    double.args.update({name: value.to(precise) for name, value in double.args.items()})
    strided = _case("inputs that are not contiguous", 3, 4, 4, draw)
    return [
        keeps,
        writes,
        _case("one input, one hidden unit", 1, 1, 1, draw),
        first,
        _case("a batch of four", 4, 3, 2, draw),
        large,
        _case("more hidden units than inputs", 2, 1, 5, draw),
        double,
        replace(strided, strided=EVERYTHING),
    ]


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

EXERCISE = Exercise(
    id="rnn.lstm_cell",
    title="One step of an LSTM",
    hour=3,
    position=2,
    minutes=5,
    difficulty=2,
    reference="labkit.rnn.lstm:lstm_step",
    returns=("hidden", "cell"),
    cases=cases,
    properties=(
        Property("shape", "two results of the right shapes", 0.5, "shape"),
        Property("keeps", "an open forget gate and a shut input gate keep the cell", 0.5),
        Property("writes", "a shut forget gate and an open input gate rewrite it", 0.5),
        Property("cell", "the new cell, whatever the gates say", 1.0, result="cell"),
        Property("hidden", "the new hidden state", 1.0, result="hidden"),
        Property("gradients", "right gradients for inputs, states and all weights", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "All four blocks come from one sum of two products, as in exercise 1. It is (b, 4h): which method cuts a "
        "tensor into four equal pieces along its last axis?",
        "Three of the four pieces are gates and go through a sigmoid. One is the candidate, what would be written, and "
        "goes through a tanh. In torch's order it is the third.",
        "First the new cell: the old one times the forget gate, plus the candidate times the input gate. Only then the "
        "hidden state, from the new cell.",
        "The hidden state is the output gate times the tanh of the new cell. Return both, the hidden state first.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    hidden=("labkit.rnn.lstm:LSTMCell", "labkit.rnn.lstm:LSTM", "labkit.rnn.lstm:lstm_moment"),
)
