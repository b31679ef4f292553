"""Exercise: convolution with stride and padding."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.cnn.conv2d_slips import SLIPS
from labkit.course.exercises.cnn.pictures import small_weights, whole


def _case(
    name: str,
    picture: tuple[int, ...],
    filters: tuple[int, ...],
    draw: torch.Generator,
    tests: str = "values",
    stride: int = 1,
    padding: int = 0,
    dtype: torch.dtype = torch.float32,
) -> Case:
    """Whole numbers in small pictures of one channel, random ones elsewhere; biases where there are several filters."""
    small = picture[1] == 1 and filters[0] == 1
    x = whole(picture, draw) if small else torch.randn(picture, generator=draw)
    weight = small_weights(filters, draw) if small else torch.randn(filters, generator=draw)
    bias = None if filters[0] == 1 else torch.randn(filters[0], generator=draw).to(dtype)
    args = {"x": x.to(dtype), "weight": weight.to(dtype), "bias": bias, "stride": stride, "padding": padding}
    return Case(name, args, tests, gradients=("x", "weight", "bias"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """One filter and several, channels, kernels of all shapes; strides that leave pixels over; padding; both."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    size = int(torch.randint(6, 10, (), generator=draw))
    strided = _case("a picture that is not contiguous", (2, 2, 4, 5), (2, 2, 2, 2), draw)
    return [
        _case("3 x 3 pixels, a kernel of 2 x 2", (1, 1, 3, 3), (1, 1, 2, 2), draw),
        _case("a kernel of one pixel", (1, 2, 3, 3), (2, 2, 1, 1), draw),
        _case("two filters with biases", (1, 1, 4, 4), (2, 1, 2, 2), draw),
        _case("three channels", (1, 3, 5, 5), (2, 3, 3, 3), draw),
        _case("a kernel that is not square", (2, 2, 6, 5), (3, 2, 3, 2), draw),
        _case("a kernel as large as the picture", (2, 2, 3, 3), (2, 2, 3, 3), draw),
        _case("float64", (1, 2, 4, 4), (2, 2, 2, 2), draw, dtype=precise),
        replace(strided, strided=("x", "weight")),
        _case("stride 2", (1, 1, 5, 5), (1, 1, 3, 3), draw, "stride", stride=2),
        _case("stride 2, with a row and a column left over", (1, 2, 6, 8), (2, 2, 3, 3), draw, "stride", stride=2),
        _case("stride 3, larger than the kernel", (1, 2, 8, 8), (2, 2, 2, 2), draw, "stride", stride=3),
        _case("padding 1", (1, 1, 3, 3), (1, 1, 3, 3), draw, "padding", padding=1),
        _case("padding 2, stride 2", (2, 2, size, 7), (3, 2, 3, 3), draw, "padding", stride=2, padding=2),
    ]


EXERCISE = Exercise(
    id="cnn.conv2d",
    title="Convolution with stride and padding",
    hour=2,
    position=1,
    minutes=7,
    difficulty=2,
    reference="labkit.cnn.convolution:conv2d",
    hidden=("labkit.cnn.convolution:conv2d_in_loops", "labkit.cnn.convolution:patches"),
    returns=("maps",),
    cases=cases,
    properties=(
        Property("shape", "a map for each filter, of the right size", 0.5, "shape"),
        Property("values", "right at stride 1 without padding, for all channels, filters and kernels", 1.25),
        Property("stride", "the window moves by the stride", 0.75),
        Property("padding", "a frame of zeros goes around the picture", 0.75),
        Property("gradients", "right gradients for picture, filters and biases", 0.5, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Begin with one number of the result: filter o at row 0, column 0. Which piece of the picture does it look at, "
        "and what happens to the products? Then let the window move.",
        "How many rows has the result? The window starts at row 0 and moves by `stride`; its last row must still lie "
        "on the (padded) picture. The formula stands in part 3.",
        "Padding comes first: `F.pad(x, (left, right, top, bottom))` puts zeros around the last two axes. After that "
        "you can forget about it.",
        "Two loops over the places of the window are enough: all pictures of the batch, all channels and all filters "
        "can be multiplied at once. A patch is (b, c, i, j), the weights are (o, c, i, j): which axes are summed "
        "over? `torch.einsum` says that in one line.",
        "For a version without loops look at `Tensor.unfold`: applied to rows and then to columns it gives "
        "(b, c, y, x, i, j), and the sum runs over c, i and j.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
