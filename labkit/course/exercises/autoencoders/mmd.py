"""Exercise: maximum mean discrepancy, unbiased, with the inverse multiquadratic kernel."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.autoencoders.mmd_slips import SLIPS


def _case(
    name: str, sizes: tuple[int, int, int], draw: torch.Generator, tests: str = "values",
    dtype: torch.dtype = torch.float32, shift: float = 0.0, scale: float | None = None,
) -> Case:  # fmt: skip
    """`sizes`: points of the one sample, of the other, and their dimensions; the second is moved by `shift`."""
    n, m, d = sizes
    x, y = torch.randn(n, d, generator=draw).to(dtype), torch.randn(m, d, generator=draw).to(dtype) + shift
    return Case(name, {"x": x, "y": y, "scale": 2.0 * d if scale is None else scale}, tests, gradients=("x", "y"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Two points each, more, other sizes and scales, float64, strides; far apart, close, the same points twice."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    same = _case("the same points twice", (3, 3, 2), draw, "same")
    same.args["y"].copy_(same.args["x"])
    strided = _case("inputs that are not contiguous", (3, 3, 3), draw)
    return [
        _case("two points and two, on a line", (2, 2, 1), draw),
        _case("three points and three", (3, 3, 2), draw),
        _case("float64", (4, 4, 3), draw, dtype=precise),
        replace(strided, strided=("x", "y")),
        _case("a large batch in ten dimensions", (20, 20, 10), draw),
        _case("another scale", (3, 3, 2), draw, scale=0.3),
        _case("three points and five", (3, 5, 2), draw, "sizes"),
        _case("six points and two", (6, 2, 3), draw, "sizes"),
        _case("samples that lie far apart", (4, 3, 2), draw, "far", shift=20.0),
        same,
    ]


EXERCISE = Exercise(
    id="autoencoders.mmd",
    title="Maximum mean discrepancy",
    hour=14,
    position=5,
    minutes=6,
    difficulty=2,
    reference="labkit.autoencoders.mmd:mmd",
    returns=("distance",),
    cases=cases,
    properties=(
        Property("shape", "one number", 0.25, "shape"),
        Property("values", "the unbiased estimate, for any scale, float64 and strides", 1.25),
        Property("sizes", "samples of different sizes", 0.5),
        Property("far", "samples that lie far apart", 0.25),
        Property("same", "the same points twice, where it is negative", 0.25),
        Property("gradients", "right gradients for both samples", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "First the kernel, as a function of two samples: an axis of length 1 in the right place makes torch subtract "
        "every point of one sample from every point of the other. The result should have the shape (n, m).",
        "You need three matrices: x with x, y with y, x with y. Two of them hold pairs of a point with itself. Where "
        "do these stand, and what is the kernel there?",
        "A mean without the diagonal: add everything up, take the diagonal off (`Tensor.trace`), divide by the number "
        "of pairs that are left, n (n - 1). For x with y nothing is left out.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    hidden=("labkit.autoencoders.mmd:squared_mmd", "labkit.autoencoders.mmd:inverse_multiquadratic"),
)
