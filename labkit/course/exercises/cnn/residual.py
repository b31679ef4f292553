"""Exercise: the residual block."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.cnn.residual_slips import SLIPS


def _case(
    name: str,
    picture: tuple[int, ...],
    filters: int,
    draw: torch.Generator,
    tests: str = "values",
    stride: int = 1,
    dtype: torch.dtype = torch.float32,
) -> Case:
    """Random pictures, above and below zero, and random filters; a projection where the shape changes."""
    channels = picture[1]
    changes = channels != filters or stride != 1
    args = {
        "x": torch.randn(picture, generator=draw),
        "weight1": torch.randn(filters, channels, 3, 3, generator=draw),
        "weight2": torch.randn(filters, filters, 3, 3, generator=draw),
        "projection": torch.randn(filters, channels, 1, 1, generator=draw) if changes else None,
    }
    args = {name: None if value is None else value.to(dtype) for name, value in args.items()}
    return Case(name, args | {"stride": stride}, tests, gradients=tuple(args))


def cases(seed: int, device: torch.device) -> list[Case]:
    """The same shape, more channels, half the pixels, both; an odd size; other filters that do nothing."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    nothing = _case("filters of zeros: what comes in goes out", (2, 2, 3, 3), 2, draw, "identity")
    nothing.args["weight2"].zero_()
    strided = _case("a picture that is not contiguous", (2, 3, 4, 4), 3, draw)
    return [
        _case("one channel, 3 x 3 pixels", (2, 1, 3, 3), 1, draw),
        _case("two channels", (2, 2, 5, 5), 2, draw),
        replace(strided, strided=("x",)),
        _case("float64", (2, 2, 4, 4), 2, draw, dtype=precise),
        replace(nothing, gradients=("x",)),
        _case("more channels", (2, 2, 4, 4), 3, draw, "projection"),
        _case("half the pixels", (2, 2, 6, 6), 2, draw, "projection", stride=2),
        _case("more channels, half the pixels, an odd size", (2, 2, 7, 5), 4, draw, "projection", stride=2),
    ]


EXERCISE = Exercise(
    id="cnn.residual",
    title="The residual block",
    hour=2,
    position=4,
    minutes=6,
    difficulty=2,
    reference="labkit.cnn.resnet_blocks:residual_block",
    hidden=("labkit.cnn.resnet_blocks:BasicBlock",),
    returns=("maps",),
    cases=cases,
    properties=(
        Property("shape", "a map for each filter, at the right size", 0.5, "shape"),
        Property("identity", "filters of zeros let what came in through", 0.5),
        Property("values", "right where nothing changes its shape", 1.0),
        Property("projection", "right where channels or size change", 1.25),
        Property("gradients", "right gradients for the picture and all filters", 0.5, "gradients"),
        Property("inputs", "the picture is left as it was", 0.25, "inputs"),
    ),
    hints=(
        "Write two lines for F: convolution, norm, ReLU; then convolution, norm. A third line for the way around, and "
        "a fourth that adds the two and applies the last ReLU.",
        "The 3x3 convolutions keep the size: which padding does that take? The first of them takes the stride.",
        "The way around is x itself where `projection` is None. Else it is a 1x1 convolution, with the stride, "
        "without padding, and with its norm.",
        "Try it with `weight2` full of zeros: then F(x) is zero, and what should come out is ReLU(x).",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    tolerance=3e-4,
)
