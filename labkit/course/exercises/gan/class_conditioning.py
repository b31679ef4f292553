"""Exercise: append the class to a sample, be it a vector or an image."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.gan.conditional_gan import append_class


def _case(draw: Draw, name: str, *shape: int, classes: int, width: int, tests: str = "vectors") -> Case:
    """Random samples and table; the classes do not count up from 0, and are not all the first sample's."""
    labels = torch.randint(1, classes, (shape[0],), generator=draw.generator)
    labels[-1] = 0
    return Case(name, {"x": draw(*shape), "classes": labels, "table": draw(classes, width)}, tests)


@cases("x", "table")
def made(draw: Draw) -> Iterator[Case]:
    """Vectors and images; a class that comes twice; as many numbers in a class as features, and not; no square."""
    yield _case(draw, "two samples, one feature", 2, 1, classes=3, width=2)
    yield _case(draw, "three samples, two features", 3, 2, classes=4, width=3)
    yield _case(draw, "as many numbers in a class as features", 3, 2, classes=4, width=2)
    yield _case(draw, "more samples than classes", 6, 2, classes=3, width=2)
    yield draw.exact(_case(draw, "float64", 2, 3, classes=3, width=4))
    yield _case(draw, "images of two by two", 2, 1, 2, 2, classes=3, width=2, tests="images")
    yield _case(draw, "images with three channels, wider than high", 3, 3, 2, 4, classes=5, width=3, tests="images")
    yield _case(draw, "one row of pixels", 2, 1, 3, classes=3, width=2, tests="images")
    yield strided(_case(draw, "inputs that are not contiguous", 3, 2, 2, 2, classes=4, width=3, tests="images"))


EXERCISE = exercise(
    __name__,
    append_class,
    made,
    [
        Property("shape", "the channels have grown by the width of the table", 0.5, "shape"),
        Property("vectors", "a vector is followed by its class's row of the table", 0.75),
        Property("images", "an image is followed by one constant map for each number of the row", 1.25),
        Property("gradients", "right gradients for the samples and for the table", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ],
    title="Append the class",
    minutes=6,
    difficulty=2,
    returns=("samples with their class",),
    hints=(
        "Begin with the rows: `table` has one row for each class, and `classes` holds the row number of each sample. "
        "Indexing a tensor with a tensor of whole numbers picks rows: the result is (b, e).",
        "For vectors, concatenate the two along axis 1, the samples first: `torch.cat`.",
        "For images the rows must become maps, (b, e, h, w): reshape them to (b, e, 1, 1), then `expand` them to the "
        "height and width of the images. `x.shape[2:]` is whatever follows the channels: nothing, for vectors.",
    ),
)
