"""Wrong answers to maximum mean discrepancy: each function is wrong in one thing, which its docstring names."""

from functools import partial

import torch

from labkit.autoencoders.mmd import gaussian, inverse_multiquadratic, mmd, squared_mmd


def _terms(x, y, kernel):
    """The three means, without pairs of a point with itself."""
    xx, yy = kernel(x, x), kernel(y, y)
    n, m = len(x), len(y)
    return (xx.sum() - xx.trace()) / (n * (n - 1)), (yy.sum() - yy.trace()) / (m * (m - 1)), kernel(x, y).mean()


def diagonal_kept(x, y, scale):
    """Points are compared with themselves.

    Your estimate is biased: the kernel of a point with itself is 1, so the means within a sample come out too large.
    Where in the matrix are these pairs, and how many pairs are left without them?
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

    Two samples from one distribution should give a number near zero. With your sign they give the largest.
    """
    within_x, within_y, across = _terms(x, y, partial(inverse_multiquadratic, scale=scale))
    return within_x + within_y + 2 * across


def only_across(x, y, scale):
    """Only the mean across is used.

    The mean kernel between x and y is small for wide samples, even if both come from one distribution. Compare it with
    the means within each sample.
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

    The kernel of a point with itself should be 1, whatever the scale.
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

    You return the MMD, and the exercise asks for its square. An unbiased estimate may be negative, and then it has no
    root.
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


def unordered_pairs(x, y, scale):
    """The sum runs over all ordered pairs and is divided by the number of unordered ones.

    The matrix contains each pair twice, once in each order: n points have n (n - 1) ordered pairs.
    """
    within_x, within_y, across = _terms(x, y, partial(inverse_multiquadratic, scale=scale))
    return 2 * within_x + 2 * within_y - 2 * across


def absolute_value(x, y, scale):
    """The absolute value is taken.

    An unbiased estimate of 0 is negative about half of the time. Its absolute value has a mean that is too large.
    """
    return mmd(x, y, scale).abs()


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
    unordered_pairs,
    absolute_value,
)
