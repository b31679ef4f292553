"""Exercise: the backward pass of a two-layer perceptron."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property


def _case(name: str, b: int, i: int, h: int, c: int, draw: torch.Generator, dtype=torch.float32) -> Case:
    """A random batch; of the hidden numbers about half are 0, at least one is, and at least one is not."""
    x, hidden, second, gradient = (torch.randn(s, generator=draw).to(dtype) for s in ((b, i), (b, h), (c, h), (b, c)))
    hidden = hidden.relu()
    hidden[0, 0], hidden[-1, -1] = 0.0, hidden[-1, -1] + 0.5
    return Case(name, {"x": x, "hidden": hidden, "second": second, "gradient": gradient})


def cases(seed: int, device: torch.device) -> list[Case]:
    """One row and many, all sizes different and all the same, float64, a unit that is silent for every row."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    silent = _case("a unit that is silent in every row", 3, 2, 4, 3, draw)
    silent.args["hidden"][:, 1] = 0.0
    strided = _case("inputs that are not contiguous", 3, 4, 2, 3, draw)
    return [
        _case("one row", 1, 2, 3, 2, draw),
        _case("two rows", 2, 3, 4, 2, draw),
        _case("as many inputs as hidden units and classes", 3, 3, 3, 3, draw),
        _case("one class, as in regression", 4, 2, 3, 1, draw),
        silent,
        _case("float64", 2, 3, 2, 4, draw, precise),
        replace(strided, strided=("x", "hidden", "second", "gradient")),
        _case("a larger batch", 16, 6, 8, 5, draw),
    ]


def _gradients(x, hidden, second, gradient, passes=None):
    """All four, done right unless another `passes`, for how much of the gradient the ReLU lets through, is given."""
    at_hidden = (gradient @ second) * ((hidden > 0) if passes is None else passes)
    return at_hidden.T @ x, at_hidden.sum(dim=0), gradient.T @ hidden, gradient.sum(dim=0)


def relu_forgotten(x, hidden, second, gradient):
    """The ReLU is forgotten on the way back.

    A hidden unit that was silent passed nothing on. If its input had been a little larger, would the loss have
    changed? What gradient should it get then?
    """
    return _gradients(x, hidden, second, gradient, 1.0)


def relu_value_for_slope(x, hidden, second, gradient):
    """The gradient is multiplied by the value of the ReLU, not by its slope.

    The chain rule asks how steeply the ReLU rises, not how high it stands. Draw it: which two slopes does it have?
    """
    return _gradients(x, hidden, second, gradient, hidden)


def transposed(x, hidden, second, gradient):
    """The gradients of the weights are transposed.

    A gradient has the shape of what it belongs to, so that it can be subtracted from it. A layer's weights here have a
    row for each output and a column for each input: what has yours?
    """
    of_first, of_bias, of_second, of_last = _gradients(x, hidden, second, gradient)
    return of_first.T, of_bias, of_second.T, of_last


def mean_over_the_batch(x, hidden, second, gradient):
    """The gradients are averaged over the batch.

    If the loss is a mean, the 1/b is already in the gradient that you are given. The weights took part in every row:
    what does the chain rule do with several paths that lead to one number?
    """
    return tuple(part / len(x) for part in _gradients(x, hidden, second, gradient))


def biases_not_summed(x, hidden, second, gradient):
    """The gradients of the biases have a row for each example.

    The same bias was added to every row of the batch. How do the gradients of many uses become the gradient of one
    number?
    """
    of_first, _, of_second, _ = _gradients(x, hidden, second, gradient)
    return of_first, (gradient @ second) * (hidden > 0), of_second, gradient.clone()


def bias_before_the_relu(x, hidden, second, gradient):
    """The first bias gets its gradient from before the ReLU's mask.

    Your first weights are right, and the first bias is not. Both stand inside of the same ReLU: can silence stop the
    gradient of one and not of the other?
    """
    of_first, _, of_second, of_last = _gradients(x, hidden, second, gradient)
    return of_first, (gradient @ second).sum(dim=0), of_second, of_last


def second_layer_first(x, hidden, second, gradient):
    """The second layer's gradients come first.

    You computed them in the order in which backpropagation goes. The results are wanted in the order of the layers.
    """
    of_first, of_bias, of_second, of_last = _gradients(x, hidden, second, gradient)
    return of_second, of_last, of_first, of_bias


def second_mask_too(x, hidden, second, gradient):
    """The second layer's weights see a mask instead of the hidden numbers.

    For the second layer the hidden numbers are what x is for the first: its inputs. A weight's gradient is the
    gradient behind it times what came in: times how much, or times whether anything came?
    """
    of_first, of_bias, _, of_last = _gradients(x, hidden, second, gradient)
    return of_first, of_bias, gradient.T @ (hidden > 0).to(gradient.dtype), of_last


SLIPS = (
    relu_forgotten,
    relu_value_for_slope,
    transposed,
    mean_over_the_batch,
    biases_not_summed,
    bias_before_the_relu,
    second_layer_first,
    second_mask_too,
)

EXERCISE = Exercise(
    id="training.backward",
    title="Backward through two layers",
    hour=1,
    position=1,
    minutes=6,
    difficulty=3,
    reference="labkit.foundations.mlp:two_layer_backward",
    hidden=("labkit.foundations.mlp:backward_pass", "labkit.foundations.mlp:Backpropagation"),
    returns=("first", "first_bias", "second", "second_bias"),
    cases=cases,
    properties=(
        Property("shape", "each gradient has the shape of what it belongs to", 0.5, "shape"),
        Property("last", "the second layer's weights and biases", 0.5, result="second"),
        Property("last bias", "the second layer's biases", 0.25, result="second_bias"),
        Property("weights", "through the ReLU to the first layer's weights", 1.25, result="first"),
        Property("biases", "through the ReLU to the first layer's biases", 0.75, result="first_bias"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Begin at the end. The second layer computed `hidden @ second.T + bias`. Each entry of `second` was multiplied "
        "by one hidden unit and added to one logit, in every row. So its gradient sums, over the rows, products of two "
        "numbers: which two?",
        "Shapes are a good guide: from `gradient` (b, c) and `hidden` (b, h) you want (c, h). Only one matrix product "
        "of the two has that shape, and it sums over the batch, as it should.",
        "To go one layer down, each hidden unit collects from all logits that it fed: (b, c) times (c, h) is (b, h). "
        "Then comes the ReLU: where it let nothing through, nothing comes back.",
        "What you have now is to the first layer what `gradient` was to the second, and x is what `hidden` was: the "
        "first two results are the same two formulas again.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
