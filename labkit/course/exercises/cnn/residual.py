"""Exercise: the residual block, a bug hunt.

The stub has the bug of pytorch-cifar (kuangliu/pytorch-cifar issue 4, 2017): a ReLU before the sum.
"""

from collections.abc import Iterator
from dataclasses import replace

from labkit.cnn.resnet_blocks import residual_block
from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property


def _case(
    draw: Draw, name: str, picture: tuple[int, ...], filters: int, tests: str = "values", stride: int = 1
) -> Case:
    """Random pictures, above and below zero, and random filters; a projection where the shape changes."""
    channels = picture[1]
    changes = channels != filters or stride != 1
    args = {
        "x": draw(*picture),
        "weight1": draw(filters, channels, 3, 3),
        "weight2": draw(filters, filters, 3, 3),
        "projection": draw(filters, channels, 1, 1) if changes else None,
    }
    return Case(name, args | {"stride": stride}, tests)


@cases("x", "weight1", "weight2", "projection")
def made(draw: Draw) -> Iterator[Case]:
    """The same shape, more channels, half the pixels, both; an odd size; filters of zeros."""
    yield _case(draw, "one channel, 3 x 3 pixels", (2, 1, 3, 3), 1)
    yield _case(draw, "two channels", (2, 2, 5, 5), 2)
    yield replace(_case(draw, "a picture that is not contiguous", (2, 3, 4, 4), 3), strided=("x",))
    yield draw.exact(_case(draw, "float64", (2, 2, 4, 4), 2))
    nothing = _case(draw, "filters of zeros: the result is ReLU(x)", (2, 2, 3, 3), 2, "identity")
    nothing.args["weight2"].zero_()
    yield nothing
    yield _case(draw, "more channels", (2, 2, 4, 4), 3, "projection")
    yield _case(draw, "half the pixels", (2, 2, 6, 6), 2, "projection", stride=2)
    yield _case(draw, "more channels, half the pixels, an odd size", (2, 2, 7, 5), 4, "projection", stride=2)


EXERCISE = exercise(
    __name__,
    residual_block,
    made,
    [
        Property("shape", "a map for each filter, of the right size", 0.5, "shape"),
        Property("identity", "filters of zeros give ReLU(x)", 0.25),
        Property("values", "right where the shape stays the same", 1.0),
        Property("projection", "right where channels or size change", 1.25),
        Property("gradients", "right gradients for the picture and all filters", 0.5, "gradients"),
    ],
    title="Bug hunt: the residual block",
    minutes=6,
    difficulty=2,
    bug_hunt=True,
    hidden=("labkit.cnn.resnet_blocks:BasicBlock",),
    returns=("maps",),
    hints=(
        "In the figure, the faulty block never makes a number smaller: it can only add to its input. What must be true "
        "of F(x) for that?",
        "Write F down as part 4 defines it: convolution, norm, ReLU, convolution, norm. Compare it with the code, step "
        "by step.",
        "A correct block has two ReLUs: one between the convolutions and one after the sum. How many has this one?",
    ),
    tolerance=3e-4,
)
