"""Exercise: the backward pass of a two-layer perceptron."""

from collections.abc import Iterator

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.foundations.mlp import two_layer_backward


def _case(draw: Draw, name: str, b: int, i: int, h: int, c: int) -> Case:
    """A random batch; of the hidden numbers about half are 0, at least one is, and at least one is not."""
    hidden = draw(b, h).relu()
    hidden[0, 0], hidden[-1, -1] = 0.0, hidden[-1, -1] + 0.5
    return Case(name, {"x": draw(b, i), "hidden": hidden, "second": draw(c, h), "gradient": draw(b, c)})


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """One row and many, all sizes different and all the same, float64, a unit that is silent for every row."""
    yield _case(draw, "one row", 1, 2, 3, 2)
    yield _case(draw, "two rows", 2, 3, 4, 2)
    yield _case(draw, "as many inputs as hidden units and classes", 3, 3, 3, 3)
    yield _case(draw, "one class, as in regression", 4, 2, 3, 1)
    silent = _case(draw, "a unit that is silent in every row", 3, 2, 4, 3)
    silent.args["hidden"][:, 1] = 0.0
    yield silent
    yield draw.exact(_case(draw, "float64", 2, 3, 2, 4))
    yield strided(_case(draw, "inputs that are not contiguous", 3, 4, 2, 3))
    yield _case(draw, "a larger batch", 16, 6, 8, 5)


EXERCISE = exercise(
    __name__,
    two_layer_backward,
    made,
    [
        Property("shape", "each gradient has the shape of its weights or biases", 0.5, "shape"),
        Property("last", "the second layer's weights", 0.5, result="second"),
        Property("last bias", "the second layer's biases", 0.25, result="second_bias"),
        Property("weights", "through the ReLU to the first layer's weights", 1.25, result="first"),
        Property("biases", "through the ReLU to the first layer's biases", 0.75, result="first_bias"),
    ],
    title="Backward through two layers",
    minutes=6,
    difficulty=3,
    hidden=("labkit.foundations.mlp:backward_pass", "labkit.foundations.mlp:Backpropagation"),
    returns=("first", "first_bias", "second", "second_bias"),
    hints=(
        "Start with the second layer. Its δ is `gradient`, and its input is `hidden`. The rule for a layer's weights "
        "multiplies these two, and sums over the batch.",
        "Shapes are a good guide: from `gradient` (b, c) and `hidden` (b, h) you want (c, h). Only one matrix product "
        "of the two has that shape, and it sums over the batch, as it should.",
        "One layer down, each hidden unit collects from all logits that it entered: (b, c) times (c, h) is (b, h). "
        "Then multiply by 1 where the ReLU was open and by 0 where it was closed.",
        "The result is the δ of the first layer, and x is that layer's input. Apply the same two rules again.",
    ),
)
