"""Exercise: one step of Elman's network."""

from dataclasses import replace

import torch
import torch.nn.functional as F

from labkit.course.check.spec import Case, Exercise, Misconception, Property

EVERYTHING = ("x", "hidden", "input_weight", "recurrent_weight", "bias")


def _case(name: str, b: int, d: int, h: int, draw: torch.Generator, tests: str = "values") -> Case:
    shapes = {"x": (b, d), "hidden": (b, h), "input_weight": (h, d), "recurrent_weight": (h, h), "bias": (h,)}
    args = {part: torch.randn(shape, generator=draw) for part, shape in shapes.items()}
    return Case(name, args, tests, gradients=EVERYTHING)


def cases(seed: int, device: torch.device) -> list[Case]:
    """One number and several; the first step; as wide as hidden and not; strides; float64."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    first = _case("the first step: the hidden state is zeros", 2, 3, 2, draw, "first")
    first.args["hidden"].zero_()
    double = _case("float64", 2, 2, 3, draw)
    double.args.update({name: value.to(precise) for name, value in double.args.items()})
    strided = _case("inputs that are not contiguous", 3, 4, 4, draw)
    return [
        _case("one input, one hidden unit", 1, 1, 1, draw),
        first,
        _case("a batch of three", 3, 2, 2, draw),
        _case("more inputs than hidden units", 2, 5, 3, draw),
        _case("more hidden units than inputs", 2, 1, 4, draw),
        double,
        replace(strided, strided=EVERYTHING),
    ]


def _sum(x, hidden, input_weight, recurrent_weight, bias):
    return F.linear(x, input_weight) + F.linear(hidden, recurrent_weight, bias)


def no_squashing(x, hidden, input_weight, recurrent_weight, bias):
    """The tanh is missing.

    Your state can grow without bound, and a hundred of your steps in a row would be one linear map. What does the
    equation do with the sum?
    """
    return _sum(x, hidden, input_weight, recurrent_weight, bias)


def sigmoid(x, hidden, input_weight, recurrent_weight, bias):
    """A sigmoid stands where the tanh should be.

    Both are S-shaped. But a state from a sigmoid is never negative: between which two numbers should yours lie?
    """
    return _sum(x, hidden, input_weight, recurrent_weight, bias).sigmoid()


def memory_forgotten(x, hidden, input_weight, recurrent_weight, bias):
    """The last hidden state is not used.

    Your network answers each input as if it were the first. Which term of the equation carries what it has read?
    """
    return (F.linear(x, input_weight) + bias).tanh()


def input_forgotten(x, hidden, input_weight, recurrent_weight, bias):
    """The input is not used.

    Your state goes its own way, whatever is read. Which term of the equation lets the input in?
    """
    return F.linear(hidden, recurrent_weight, bias).tanh()


def bias_forgotten(x, hidden, input_weight, recurrent_weight, bias):
    """The bias is missing.

    With zero input and zero state your result is zero, whatever `bias` is. The equation has three terms inside the
    tanh.
    """
    return (F.linear(x, input_weight) + F.linear(hidden, recurrent_weight)).tanh()


def squashed_apart(x, hidden, input_weight, recurrent_weight, bias):
    """Input and state are squashed each for itself.

    Your state can be larger than 1. Count the tanh in the equation, and see how far its bracket reaches.
    """
    return F.linear(x, input_weight).tanh() + F.linear(hidden, recurrent_weight, bias).tanh()


def recurrent_turned(x, hidden, input_weight, recurrent_weight, bias):
    """The recurrent weights are turned over.

    They are square, so both ways run, and only one is right. Row j holds the weights of new unit j: which axis of the
    matrix meets the old state?
    """
    return (F.linear(x, input_weight) + hidden @ recurrent_weight + bias).tanh()


def old_state_kept(x, hidden, input_weight, recurrent_weight, bias):
    """The old state is added to the new one.

    That is a residual path, and a good idea, but it came later. In Elman's network the state is rewritten whole.
    """
    return hidden + _sum(x, hidden, input_weight, recurrent_weight, bias).tanh()


def bias_twice(x, hidden, input_weight, recurrent_weight, bias):
    """The bias is added twice.

    torch keeps two biases, one for each product, and adds both. Here there is one: how often does it stand in the
    equation?
    """
    return (F.linear(x, input_weight, bias) + F.linear(hidden, recurrent_weight, bias)).tanh()


SLIPS = (
    no_squashing,
    sigmoid,
    memory_forgotten,
    input_forgotten,
    bias_forgotten,
    squashed_apart,
    recurrent_turned,
    old_state_kept,
    bias_twice,
)

EXERCISE = Exercise(
    id="rnn.step",
    title="One step of a recurrent network",
    hour=3,
    position=1,
    minutes=3,
    difficulty=1,
    reference="labkit.rnn.simple_rnn:rnn_step",
    returns=("hidden",),
    cases=cases,
    properties=(
        Property("shape", "a new hidden state for each row", 0.5, "shape"),
        Property("first", "the first step, from a state of zeros", 0.5),
        Property("values", "every step, for any sizes, float64 and strides", 1.0),
        Property("gradients", "right gradients for the input, the state and all weights", 0.5, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.5, "inputs"),
    ),
    hints=(
        "Begin with the shapes: `x` is (b, d) and `input_weight` is (h, d), as torch keeps them. The new state is "
        "(b, h): which of the two has to be turned over for the product?",
        "There are two products, one with the input and one with the last state. Both are (b, h), so they can be "
        "added, and the bias (h,) broadcasts along the batch.",
        "One tanh, around everything. And the result is a new tensor: nothing is written into `hidden`.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    hidden=("labkit.rnn.simple_rnn:SimpleRNNCell", "labkit.rnn.simple_rnn:SimpleRNN"),
)
