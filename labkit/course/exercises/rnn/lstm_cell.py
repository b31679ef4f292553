"""Exercise: one step of an LSTM."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.rnn.lstm import lstm_step


def _case(draw: Draw, name: str, b: int, d: int, h: int, tests: str = "values") -> Case:
    args = {"x": draw(b, d), "hidden": draw(b, h), "cell": draw(b, h), "input_weight": draw(4 * h, d)}
    return Case(name, args | {"recurrent_weight": draw(4 * h, h), "bias": draw(4 * h)}, tests)


def _pressed(case: Case, *blocks: float) -> Case:
    """No weights: the biases alone say how far each gate is open."""
    h = case.args["hidden"].shape[1]
    for name in ("input_weight", "recurrent_weight"):
        case.args[name].zero_()
    case.args["bias"].copy_(torch.tensor(blocks).repeat_interleave(h))
    return case


@cases("x", "hidden", "cell", "input_weight", "recurrent_weight", "bias")
def made(draw: Draw) -> Iterator[Case]:
    """One unit and several; gates open and shut; the first step; float64 and strides."""
    yield _pressed(_case(draw, "forget gate open, input gate shut", 1, 1, 2, "keeps"), -30.0, 30.0, 1.0, 0.5)
    yield _pressed(_case(draw, "forget gate shut, input gate open", 1, 1, 2, "writes"), 30.0, -30.0, 0.5, 1.0)
    yield _case(draw, "one input, one hidden unit", 1, 1, 1)
    first = _case(draw, "the first step: both states are zeros", 2, 2, 2)
    first.args["hidden"].zero_(), first.args["cell"].zero_()
    yield first
    yield _case(draw, "a batch of four", 4, 3, 2)
    large = _case(draw, "a large cell", 1, 2, 2)
    large.args["cell"].mul_(20)
    yield large
    yield _case(draw, "more hidden units than inputs", 2, 1, 5)
    yield draw.exact(_case(draw, "float64", 2, 2, 3))
    yield strided(_case(draw, "inputs that are not contiguous", 3, 4, 4))


EXERCISE = exercise(
    __name__,
    lstm_step,
    made,
    [
        Property("shape", "two results of the right shapes", 0.5, "shape"),
        Property("keeps", "an open forget gate and a shut input gate keep the cell", 0.5),
        Property("writes", "a shut forget gate and an open input gate replace it", 0.5),
        Property("cell", "the new cell, for any gates", 1.0, result="cell"),
        Property("hidden", "the new hidden state", 1.0, result="hidden"),
        Property("gradients", "right gradients for inputs, states and all weights", 0.25, "gradients"),
    ],
    title="One step of an LSTM",
    minutes=6,
    difficulty=2,
    returns=("hidden", "cell"),
    hints=(
        "All four blocks come from one sum of two products, as in exercise 1. The sum is (b, 4h). Which method cuts a "
        "tensor into four equal pieces along its last axis?",
        "Three of the four pieces are gates and go through a sigmoid. The third piece, in torch's order, is the "
        "candidate and goes through a tanh.",
        "Compute the new cell first: the forget gate times the old cell, plus the input gate times the candidate. Then "
        "compute the hidden state from the new cell.",
        "The hidden state is the output gate times the tanh of the new cell. Return both, the hidden state first.",
    ),
    hidden=("labkit.rnn.lstm:LSTMCell", "labkit.rnn.lstm:LSTM", "labkit.rnn.lstm:lstm_moment"),
)
