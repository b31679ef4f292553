"""Exercise: max-pooling."""

import math

import torch
import torch.nn.functional as F

from labkit.cnn.convolution import patches
from labkit.cnn.pooling import avg_pool2d, max_pool2d
from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.cnn.pictures import whole


def _case(
    name: str,
    picture: tuple[int, ...],
    draw: torch.Generator,
    tests: str = "values",
    kernel: int = 2,
    stride: int | None = None,
    padding: int = 0,
) -> Case:
    """Pictures in which no two numbers are alike, so that every maximum is in one place."""
    args = {"x": whole(picture, draw), "kernel": kernel, "stride": stride, "padding": padding}
    return Case(name, args, tests, gradients=("x",))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Windows side by side, with pixels left over, overlapping, with gaps; padding around numbers below zero."""
    draw = torch.Generator().manual_seed(seed)
    size = int(torch.randint(7, 11, (), generator=draw))
    below = _case("padding, all numbers below zero", (1, 1, 4, 4), draw, "padding", 2, None, 1)
    below.args["x"].sub_(20)
    return [
        _case("2 x 2 pixels", (1, 1, 2, 2), draw),
        _case("4 x 4 pixels", (1, 1, 4, 4), draw),
        _case("two channels, a batch of two", (2, 2, 4, 6), draw),
        _case("a row and a column left over", (1, 2, 5, 7), draw),
        _case("windows of 3", (1, 2, size, 9), draw, kernel=3),
        _case("windows of 3 that overlap", (1, 1, 5, 5), draw, "stride", 3, 2),
        _case("a window at every place", (1, 2, 4, 5), draw, "stride", 2, 1),
        _case("windows with gaps between", (1, 1, 7, 7), draw, "stride", 2, 3),
        below,
        _case("padding, stride 2", (2, 2, 6, size), draw, "padding", 3, 2, 1),
    ]


def _step(kernel, stride):
    return kernel if stride is None else stride


def mean(x, kernel, stride=None, padding=0):
    """The mean is taken, not the maximum.

    That is average pooling. What does the window of a max-pooling give?
    """
    return avg_pool2d(x, kernel, stride, padding, count_padding=False)


def minimum(x, kernel, stride=None, padding=0):
    """The least value is taken.

    Look at your smallest window: which of its numbers should come out?
    """
    return -max_pool2d(-x, kernel, stride, padding)


def largest_in_size(x, kernel, stride=None, padding=0):
    """The value farthest from zero is taken, without its sign.

    -5 is less than 2. Is there an absolute value in your code?
    """
    return max_pool2d(x.abs(), kernel, stride, padding)


def zeros_around(x, kernel, stride=None, padding=0):
    """The padding is zero, and wins.

    In a corner where all numbers are below zero, what is the greatest number of a window that hangs over the edge? The
    frame should never be the greatest: which number is less than every other?
    """
    return max_pool2d(F.pad(x, (padding,) * 4), kernel, stride)


def padding_ignored(x, kernel, stride=None, padding=0):
    """The padding has no effect.

    With a padding of 1 the windows may begin one pixel above and left of the picture. How many of them are there?
    """
    return max_pool2d(x, kernel, stride)


def every_place(x, kernel, stride=None, padding=0):
    """Without a stride, windows overlap.

    `stride=None` means: side by side. How far must a window of 3 then move?
    """
    return max_pool2d(x, kernel, 1 if stride is None else stride, padding)


def stride_ignored(x, kernel, stride=None, padding=0):
    """The windows always lie side by side.

    That is right as long as no stride is given. With one, windows may overlap, or leave gaps.
    """
    return max_pool2d(x, kernel, None, padding)


def leftovers_kept(x, kernel, stride=None, padding=0):
    """Windows that do not fit are kept.

    Of 5 columns, windows of 2 cover 4. What is left over is dropped: round down, not up.
    """
    step = _step(kernel, stride)
    more = [-(size + 2 * padding - kernel) % step for size in x.shape[2:]]
    x = F.pad(x, (padding, padding + more[1], padding, padding + more[0]), value=-math.inf)
    return max_pool2d(x, kernel, stride)


def across_channels(x, kernel, stride=None, padding=0):
    """The maximum runs over the channels too.

    Each channel is pooled by itself. How many channels should come out?
    """
    return max_pool2d(x, kernel, stride, padding).amax(dim=1, keepdim=True)


def every_second_pixel(x, kernel, stride=None, padding=0):
    """Pixels are skipped, not compared.

    You take the first pixel of each window. The size is right; whoever is the greatest should be taken, wherever in the
    window it stands.
    """
    return patches(x, (kernel, kernel), _step(kernel, stride), padding, fill=-math.inf)[..., 0, 0]


def rows_only(x, kernel, stride=None, padding=0):
    """Only the first row of each window is looked at.

    A window has rows and columns. Does your maximum run over both axes?
    """
    return patches(x, (kernel, kernel), _step(kernel, stride), padding, fill=-math.inf)[..., 0, :].amax(dim=-1)


SLIPS = (
    mean,
    minimum,
    largest_in_size,
    zeros_around,
    padding_ignored,
    every_place,
    stride_ignored,
    leftovers_kept,
    across_channels,
    every_second_pixel,
    rows_only,
)

EXERCISE = Exercise(
    id="cnn.max_pool",
    title="Max-pooling",
    hour=2,
    position=2,
    minutes=4,
    difficulty=1,
    reference="labkit.cnn.pooling:max_pool2d",
    hidden=("labkit.cnn.convolution:patches",),
    returns=("maps",),
    cases=cases,
    properties=(
        Property("shape", "the same channels, on fewer pixels", 0.5, "shape"),
        Property("values", "the greatest number of each window, windows side by side", 1.0),
        Property("stride", "windows that overlap or leave gaps", 0.5),
        Property("padding", "the padding never wins", 0.5),
        Property("gradients", "the gradient goes to the greatest number", 0.25, "gradients"),
        Property("inputs", "the input is left as it was", 0.25, "inputs"),
    ),
    hints=(
        "It is the same walk of a window as in exercise 1. Nothing is multiplied, and every channel stays by itself.",
        "`stride=None` means that the windows lie side by side: what stride is that?",
        "For the padding, think of a window in which every pixel of the picture is below zero. Which value may you put "
        "around the picture so that it never comes out? `F.pad` takes it as `value`.",
        "The maximum runs over two axes of a window. `Tensor.amax` takes several axes at once.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
