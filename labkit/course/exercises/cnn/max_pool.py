"""Exercise: max pooling."""

from collections.abc import Iterator
from dataclasses import replace

import torch

from labkit.cnn.pooling import max_pool2d
from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.course.exercises.cnn.pictures import whole


def _case(draw: Draw, name: str, picture: tuple[int, ...], tests: str = "values", kernel: int = 2,
          stride: int | None = None, padding: int = 0) -> Case:  # fmt: skip
    """Pictures in which no two numbers are alike, so that every maximum is in one position."""
    args = {"x": whole(picture, draw.generator), "kernel": kernel, "stride": stride, "padding": padding}
    return Case(name, args, tests)


def made(seed: int, device: torch.device) -> list[Case]:
    """Gradients everywhere but where numbers are equal: there the gradient may go to any of them."""
    return [replace(case, gradients=() if "equal" in case.name else ("x",)) for case in _drawn(seed, device)]


@cases()
def _drawn(draw: Draw) -> Iterator[Case]:
    """Windows side by side, with pixels left over, overlapping, with gaps; padding around negative numbers."""
    size = int(torch.randint(7, 11, (), generator=draw.generator))
    yield _case(draw, "2 x 2 pixels", (1, 1, 2, 2))
    yield _case(draw, "4 x 4 pixels", (1, 1, 4, 4))
    yield _case(draw, "two channels, a batch of two", (2, 2, 4, 6))
    yield _case(draw, "a row and a column left over", (1, 2, 5, 7))
    yield _case(draw, "windows of 3", (1, 2, size, 9), kernel=3)
    equal = _case(draw, "equal numbers", (1, 1, 4, 6))
    equal.args["x"] = (equal.args["x"] / 6).round()
    yield equal
    yield _case(draw, "windows of 3 that overlap", (1, 1, 5, 5), "stride", 3, 2)
    yield _case(draw, "a window at every position", (1, 2, 4, 5), "stride", 2, 1)
    yield _case(draw, "windows with gaps between", (1, 1, 7, 7), "stride", 2, 3)
    for name, lower in (("padding, all numbers negative", 20), ("padding, all numbers very negative", 10_000_000)):
        below = _case(draw, name, (1, 1, 4, 4), "padding", 2, None, 1)
        below.args["x"].sub_(lower)
        yield below
    yield _case(draw, "padding, stride 2", (2, 2, 6, size), "padding", 3, 2, 1)


EXERCISE = exercise(
    __name__,
    max_pool2d,
    made,
    [
        Property("shape", "the same channels, on fewer pixels", 0.5, "shape"),
        Property("values", "the largest number of each window, windows side by side", 1.0),
        Property("stride", "windows that overlap or leave gaps", 0.5),
        Property("padding", "padding never wins", 0.5),
        Property("gradients", "the gradient goes to the largest number", 0.25, "gradients"),
    ],
    title="Max pooling",
    minutes=5,
    difficulty=1,
    hidden=("labkit.cnn.convolution:patches",),
    returns=("maps",),
    hints=(
        "The window moves as in exercise 1. Nothing is multiplied, and every channel stays by itself.",
        "`stride=None` means that the windows are side by side: which stride is that?",
        "For the padding, think of a window in which every pixel of the picture is negative. Which value can you put "
        "around the picture so that it never is the maximum, whatever the pixels are? `F.pad` takes it as `value`.",
        "The maximum runs over two axes of a window. `Tensor.amax` takes several axes at once.",
    ),
)
