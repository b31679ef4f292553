"""Exercise: one step of Elman's network."""

from collections.abc import Iterator

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.rnn.simple_rnn import rnn_step


def _case(draw: Draw, name: str, b: int, d: int, h: int, tests: str = "values") -> Case:
    args = {"x": draw(b, d), "hidden": draw(b, h), "input_weight": draw(h, d), "recurrent_weight": draw(h, h)}
    return Case(name, args | {"bias": draw(h)}, tests)


@cases("x", "hidden", "input_weight", "recurrent_weight", "bias")
def made(draw: Draw) -> Iterator[Case]:
    """One number and several; the first step; as wide as hidden and not; large sums; strides; float64."""
    yield _case(draw, "one input, one hidden unit", 1, 1, 1)
    first = _case(draw, "the first step: the hidden state is zeros", 2, 3, 2, "first")
    first.args["hidden"].zero_()
    yield first
    yield _case(draw, "a batch of three", 3, 2, 2)
    yield _case(draw, "more inputs than hidden units", 2, 5, 3)
    yield _case(draw, "more hidden units than inputs", 2, 1, 4)
    yield draw.exact(_case(draw, "float64", 2, 2, 3))
    yield strided(_case(draw, "inputs that are not contiguous", 3, 4, 4))


EXERCISE = exercise(
    __name__,
    rnn_step,
    made,
    [
        Property("shape", "a new hidden state for each row", 0.5, "shape"),
        Property("first", "the first step, from a state of zeros", 0.5),
        Property("values", "every step, for any sizes, float64 and strides", 1.0),
        Property("gradients", "right gradients for the input, the state and all weights", 0.5, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.5, "inputs"),
    ],
    title="One step of a recurrent network",
    minutes=4,
    difficulty=1,
    returns=("hidden",),
    hints=(
        "Begin with the shapes: `x` is (b, d) and `input_weight` is (h, d), as torch stores them. The new state is "
        "(b, h). Which of the two must be transposed for the product?",
        "There are two products, one with the input and one with the previous state. Both are (b, h), so you can add "
        "them. The bias (h,) broadcasts over the batch.",
        "Apply one tanh to the whole sum. Return a new tensor: do not write into `hidden`.",
    ),
    hidden=("labkit.rnn.simple_rnn:SimpleRNNCell", "labkit.rnn.simple_rnn:SimpleRNN"),
)
