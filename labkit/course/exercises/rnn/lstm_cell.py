"""Exercise: one step of an LSTM."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.rnn.lstm_slips import SLIPS

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
