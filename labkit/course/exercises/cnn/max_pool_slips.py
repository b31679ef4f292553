"""What goes wrong in max pooling: each function is wrong in one thing, which its docstring names."""

import math

import torch.nn.functional as F

from labkit.cnn.convolution import patches
from labkit.cnn.pooling import avg_pool2d, max_pool2d


def _step(kernel, stride):
    return kernel if stride is None else stride


def mean(x, kernel, stride=None, padding=0):
    """The mean is taken, not the maximum.

    That is average pooling. Which number of its window does max pooling keep?
    """
    return avg_pool2d(x, kernel, stride, padding, count_padding=False)


def minimum(x, kernel, stride=None, padding=0):
    """The smallest value is taken.

    Look at your smallest window: which of its numbers should come out?
    """
    return -max_pool2d(-x, kernel, stride, padding)


def largest_in_size(x, kernel, stride=None, padding=0):
    """The absolute value is taken before the maximum.

    -5 is less than 2. Is there an absolute value in your code?
    """
    return max_pool2d(x.abs(), kernel, stride, padding)


def zeros_around(x, kernel, stride=None, padding=0):
    """The picture is padded with zeros, and the padding wins.

    In a corner where all numbers are negative, what is the maximum of a window that overlaps the edge? Padding should
    never be the maximum: which number is less than every other?
    """
    return max_pool2d(F.pad(x, (padding,) * 4), kernel, stride)


def a_negative_number_around(x, kernel, stride=None, padding=0):
    """The picture is padded with a negative number, and very negative pixels lose against it.

    Nothing tells you how negative pixels can be. Which number is less than every other, however small?
    """
    return max_pool2d(F.pad(x, (padding,) * 4, value=-100.0), kernel, stride)


def padding_ignored(x, kernel, stride=None, padding=0):
    """The padding has no effect.

    With a padding of 1 the windows start one pixel above and to the left of the picture. How many of them are there?
    """
    return max_pool2d(x, kernel, stride)


def every_position(x, kernel, stride=None, padding=0):
    """Without a stride, windows overlap.

    `stride=None` means side by side. How far must a window of 3 then move?
    """
    return max_pool2d(x, kernel, 1 if stride is None else stride, padding)


def stride_ignored(x, kernel, stride=None, padding=0):
    """The windows are always side by side.

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
    """The first pixel of each window is taken, not the largest.

    The size is right. The largest number of a window can be at any position in it.
    """
    return patches(x, (kernel, kernel), _step(kernel, stride), padding, fill=-math.inf)[..., 0, 0]


def rows_only(x, kernel, stride=None, padding=0):
    """Only the first row of each window is used.

    A window has rows and columns. Does your maximum run over both axes?
    """
    return patches(x, (kernel, kernel), _step(kernel, stride), padding, fill=-math.inf)[..., 0, :].amax(dim=-1)
