"""Exercise: convolution with stride and padding."""

from collections.abc import Iterator

import torch

from labkit.cnn.convolution import conv2d
from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.course.exercises.cnn.pictures import small_weights, whole


def _case(draw: Draw, name: str, picture: tuple[int, ...], filters: tuple[int, ...], tests: str = "values",
          stride: int = 1, padding: int = 0) -> Case:  # fmt: skip
    """Whole numbers in small pictures of one channel, random ones elsewhere; biases where there are several filters."""
    small = picture[1] == 1 and filters[0] == 1
    x = whole(picture, draw.generator) if small else draw(*picture)
    weight = small_weights(filters, draw.generator) if small else draw(*filters)
    bias = None if filters[0] == 1 else draw(filters[0])
    return Case(name, {"x": x, "weight": weight, "bias": bias, "stride": stride, "padding": padding}, tests)


@cases("x", "weight", "bias")
def made(draw: Draw) -> Iterator[Case]:
    """One filter and several, channels, kernels of all shapes; strides that leave pixels over; padding; both."""
    size = int(torch.randint(6, 10, (), generator=draw.generator))
    yield _case(draw, "3 x 3 pixels, a kernel of 2 x 2", (1, 1, 3, 3), (1, 1, 2, 2))
    yield _case(draw, "a kernel of one pixel", (1, 2, 3, 3), (2, 2, 1, 1))
    yield _case(draw, "two filters with biases", (1, 1, 4, 4), (2, 1, 2, 2))
    yield _case(draw, "three channels", (1, 3, 5, 5), (2, 3, 3, 3))
    yield _case(draw, "a kernel that is not square", (2, 2, 6, 5), (3, 2, 3, 2))
    yield _case(draw, "a kernel as large as the picture", (2, 2, 3, 3), (2, 2, 3, 3))
    yield draw.exact(_case(draw, "float64", (1, 2, 4, 4), (2, 2, 2, 2)))
    yield strided(_case(draw, "a picture that is not contiguous", (2, 2, 4, 5), (2, 2, 2, 2)))
    yield _case(draw, "stride 2", (1, 1, 5, 5), (1, 1, 3, 3), "stride", stride=2)
    yield _case(draw, "stride 2, with a row and a column left over", (1, 2, 6, 8), (2, 2, 3, 3), "stride", stride=2)
    yield _case(draw, "stride 3, larger than the kernel", (1, 2, 8, 8), (2, 2, 2, 2), "stride", stride=3)
    yield _case(draw, "padding 1", (1, 1, 3, 3), (1, 1, 3, 3), "padding", padding=1)
    yield _case(draw, "padding 2, stride 2", (2, 2, size, 7), (3, 2, 3, 3), "padding", stride=2, padding=2)


EXERCISE = exercise(
    __name__,
    conv2d,
    made,
    [
        Property("shape", "a map for each filter, of the right size", 0.5, "shape"),
        Property("values", "right at stride 1 without padding, for all channels, filters and kernels", 1.25),
        Property("stride", "the window moves by the stride", 0.75),
        Property("padding", "a frame of zeros surrounds the picture", 0.75),
        Property("gradients", "right gradients for picture, filters and biases", 0.5, "gradients"),
    ],
    title="Convolution with stride and padding",
    minutes=7,
    difficulty=2,
    hidden=("labkit.cnn.convolution:conv2d_in_loops", "labkit.cnn.convolution:patches"),
    returns=("maps",),
    hints=(
        "Start with one number of the result: filter o at row 0, column 0. Which window of the picture does it look "
        "at, and what happens to the products? Then let the window move.",
        "How many rows has the result? The window starts at row 0 and moves by `stride`; its last row must still be on "
        "the padded picture. Part 3 has the formula.",
        "Padding comes first: `F.pad(x, (left, right, top, bottom))` puts zeros around the last two axes. After that "
        "you can forget about it.",
        "Two loops over the positions of the window are enough. A window of all pictures and channels is (b, c, i, j), "
        "the weights are (o, c, i, j): over which axes do you sum? `torch.einsum` writes that in one line.",
        "For a version without loops look at `Tensor.unfold`: applied to rows and then to columns it gives "
        "(b, c, y, x, i, j), and the sum runs over c, i and j.",
    ),
)
