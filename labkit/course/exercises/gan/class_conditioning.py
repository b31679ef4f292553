"""Exercise: tell a player the class, be its sample a vector or an image."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.gan.class_slips import SLIPS


def _case(name: str, shape: tuple[int, ...], classes: int, width: int, draw: torch.Generator, tests: str) -> Case:
    """Random samples and table; classes drawn so that they do not count up from 0, and are not all the first's."""
    labels = torch.randint(1, classes, (shape[0],), generator=draw)
    labels[-1] = 0
    args = {
        "x": torch.randn(shape, generator=draw),
        "classes": labels,
        "table": torch.randn(classes, width, generator=draw),
    }
    return Case(name, args, tests, gradients=("x", "table"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Vectors and images; a class that comes twice; as many numbers in a class as features, and not; no square."""
    draw = torch.Generator().manual_seed(seed)
    strided = _case("inputs that are not contiguous", (3, 2, 2, 2), 4, 3, draw, "images")
    precise = _case("float64", (2, 3), 3, 4, draw, "vectors")
    if device.type != "mps":
        precise.args.update({name: precise.args[name].double() for name in ("x", "table")})
    return [
        _case("two samples, one feature", (2, 1), 3, 2, draw, "vectors"),
        _case("three samples, two features", (3, 2), 4, 3, draw, "vectors"),
        _case("as many numbers in a class as features", (3, 2), 4, 2, draw, "vectors"),
        _case("more samples than classes", (6, 2), 3, 2, draw, "vectors"),
        precise,
        _case("images of two by two", (2, 1, 2, 2), 3, 2, draw, "images"),
        _case("images with three channels, wider than high", (3, 3, 2, 4), 5, 3, draw, "images"),
        _case("rows of pixels", (2, 1, 3), 3, 2, draw, "images"),
        replace(strided, strided=("x", "classes", "table")),
    ]


EXERCISE = Exercise(
    id="gan.class_conditioning",
    title="Tell a player the class",
    hour=15,
    position=4,
    minutes=5,
    difficulty=2,
    reference="labkit.gan.conditional_gan:append_class",
    returns=("samples with their class",),
    cases=cases,
    properties=(
        Property("shape", "the channels have grown by the width of the table", 0.5, "shape"),
        Property("vectors", "a vector is followed by its class's row of the table", 0.75),
        Property("images", "an image is followed by one even map for each number of the row", 1.25),
        Property("gradients", "right gradients for the samples and for the table", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Begin with the rows: `table` has one for each class, and `classes` says which one each sample needs. Indexing "
        "a tensor with a tensor of whole numbers picks rows: the result is (b, e).",
        "For vectors it remains to lay the two side by side along axis 1, the samples first: `torch.cat`.",
        "For images the rows must become maps, (b, e, h, w): first (b, e, 1, 1), then grown to the height and width of "
        "the images with `expand`. `x.shape[2:]` is whatever follows the channels: nothing, for vectors.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
