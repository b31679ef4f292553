"""Exercise: maximum mean discrepancy, unbiased, with the inverse multiquadratic kernel."""

from dataclasses import replace
from functools import partial

import torch

from labkit.autoencoders.mmd import gaussian, inverse_multiquadratic, mmd, squared_mmd
from labkit.course.spec import Case, Exercise, Misconception, Property


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


def _terms(x, y, kernel):
    """The three means, without pairs of a point with itself."""
    xx, yy = kernel(x, x), kernel(y, y)
    n, m = len(x), len(y)
    return (xx.sum() - xx.trace()) / (n * (n - 1)), (yy.sum() - yy.trace()) / (m * (m - 1)), kernel(x, y).mean()


def diagonal_kept(x, y, scale):
    """Points are compared with themselves.

    Your estimate is biased: a point is always like itself, so the means within a sample come out too large. Which
    places of the matrix are these pairs, and how many are left without them?
    """
    return squared_mmd(x, y, partial(inverse_multiquadratic, scale=scale), biased=True)


def wrong_count(x, y, scale):
    """The pairs are miscounted.

    You have left out the pairs of a point with itself, and still divide as if they were there. How many ordered pairs
    of two different points do n points have?
    """
    within_x, within_y, across = _terms(x, y, partial(inverse_multiquadratic, scale=scale))
    n, m = len(x), len(y)
    return within_x * (n - 1) / n + within_y * (m - 1) / m - 2 * across


def across_once(x, y, scale):
    """The mean across is taken once.

    Multiply out the square of a difference: how often does the mixed term appear? If both samples come from one
    distribution, your three means should cancel.
    """
    within_x, within_y, across = _terms(x, y, partial(inverse_multiquadratic, scale=scale))
    return within_x + within_y - across


def across_added(x, y, scale):
    """The mean across has the wrong sign.

    Samples that are alike should come out near zero. With your sign they come out largest.
    """
    within_x, within_y, across = _terms(x, y, partial(inverse_multiquadratic, scale=scale))
    return within_x + within_y + 2 * across


def only_across(x, y, scale):
    """Only the mean across is looked at.

    How close the points of x are to those of y says little by itself: two tight heaps and two wide ones differ in it
    though each pair is alike. With what is it to be compared?
    """
    return 1 - _terms(x, y, partial(inverse_multiquadratic, scale=scale))[2]


def gaussian_kernel(x, y, scale):
    """Another kernel is used.

    That is the Gaussian kernel, which forgets what is far away: its gradient vanishes for outliers. The one that is
    asked for has no exponential.
    """
    return squared_mmd(x, y, partial(gaussian, width=(scale / 2) ** 0.5))


def numerator_is_one(x, y, scale):
    """The kernel's numerator is 1.

    How alike is a point to itself? The kernel should say 1 there, whatever the scale.
    """
    return mmd(x, y, scale) / scale


def distance_not_squared(x, y, scale):
    """The distance is not squared.

    The kernel takes the squared distance. A root in it has a kink at zero, and so has its gradient.
    """
    return squared_mmd(x, y, lambda a, b: scale / (scale + torch.cdist(a, b)))


def distance_averaged(x, y, scale):
    """The distance is averaged over dimensions.

    A squared distance is a sum over dimensions, as in Pythagoras. The scale that is handed over grows with their
    number, and would then be far too large.
    """
    return squared_mmd(x, y, lambda a, b: scale / (scale + (a[:, None] - b).square().mean(dim=-1)))


def root_taken(x, y, scale):
    """The root is taken.

    You return the MMD, and its square is asked for: an unbiased estimate may be negative, and then the root is
    nowhere.
    """
    return mmd(x, y, scale).clamp(min=0).sqrt()


def clamped(x, y, scale):
    """Negative estimates are cut off.

    An estimate that has the right mean is sometimes below a true value of 0. If you cut that off, what is left has a
    mean that is too large.
    """
    return mmd(x, y, scale).clamp(min=0)


def means_compared(x, y, scale):
    """Only the means are compared.

    Two samples may have one mean and different spreads. The kernel is there to see all of the distribution.
    """
    return (x.mean(dim=0) - y.mean(dim=0)).square().sum()


def first_size_for_both(x, y, scale):
    """The second sample is counted with the size of the first.

    It is right as long as both have equally many points. How many pairs has the other sample of its own?
    """
    within_x, within_y, across = _terms(x, y, partial(inverse_multiquadratic, scale=scale))
    n, m = len(x), len(y)
    return within_x + within_y * m * (m - 1) / (n * (n - 1)) - 2 * across * m / n


SLIPS = (
    diagonal_kept,
    wrong_count,
    across_once,
    across_added,
    only_across,
    gaussian_kernel,
    numerator_is_one,
    distance_not_squared,
    distance_averaged,
    root_taken,
    clamped,
    means_compared,
    first_size_for_both,
)

EXERCISE = Exercise(
    id="autoencoders.mmd",
    title="Maximum mean discrepancy",
    hour=14,
    position=3,
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
        "every point of the one from every point of the other. The result should have the shape (n, m).",
        "You need three matrices: x with x, y with y, x with y. Two of them hold pairs of a point with itself. Where "
        "do these stand, and what is the kernel there?",
        "A mean without the diagonal: add everything up, take the diagonal off (`Tensor.trace`), divide by the number "
        "of pairs that are left, n (n - 1). For x with y nothing is left out.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    hidden=("labkit.autoencoders.mmd:squared_mmd", "labkit.autoencoders.mmd:inverse_multiquadratic"),
)
