"""What goes wrong in a residual block: each function is wrong in one thing, which its docstring names."""

import torch
import torch.nn.functional as F


def _norm(x):
    return F.batch_norm(x, None, None, training=True)


def _around(x, projection, stride):
    return x if projection is None else _norm(F.conv2d(x, projection, stride=stride))


def _inside(x, weight1, weight2, stride):
    y = F.relu(_norm(F.conv2d(x, weight1, stride=stride, padding=1)))
    return _norm(F.conv2d(y, weight2, padding=1))


def relu_twice(x, weight1, weight2, projection=None, stride=1):
    """There is a ReLU before the sum as well.

    F may be negative: how else can a block subtract something? Count the ReLUs: one inside F, one after the sum.
    """
    return F.relu(F.relu(_inside(x, weight1, weight2, stride)) + _around(x, projection, stride))


def nothing_around(x, weight1, weight2, projection=None, stride=1):
    """The shortcut is missing.

    That is the plain block. If all its weights were zero, what would it return, and what should a residual block
    return?
    """
    return F.relu(_inside(x, weight1, weight2, stride))


def relu_before_the_sum(x, weight1, weight2, projection=None, stride=1):
    """The last ReLU comes before the sum.

    If F is never negative, a block can only add, and the numbers grow from block to block. Where is the ReLU in the
    formula?
    """
    return F.relu(_inside(x, weight1, weight2, stride)) + _around(x, projection, stride)


def no_last_relu(x, weight1, weight2, projection=None, stride=1):
    """The last ReLU is missing.

    The sum is right. In the formula, what is applied to the sum?
    """
    return _inside(x, weight1, weight2, stride) + _around(x, projection, stride)


def no_inner_relu(x, weight1, weight2, projection=None, stride=1):
    """There is no ReLU between the convolutions.

    Two linear maps in a row are one linear map. What makes two layers more than one?
    """
    y = _norm(F.conv2d(x, weight1, stride=stride, padding=1))
    return F.relu(_norm(F.conv2d(y, weight2, padding=1)) + _around(x, projection, stride))


def stride_in_the_second(x, weight1, weight2, projection=None, stride=1):
    """The second convolution takes the stride.

    The shape is right, and the first convolution works on four times the pixels. Which of the two should take the
    stride?
    """
    y = F.relu(_norm(F.conv2d(x, weight1, padding=1)))
    y = _norm(F.conv2d(y, weight2, stride=stride, padding=1))
    return F.relu(y + _around(x, projection, stride))


def shortcut_without_stride(x, weight1, weight2, projection=None, stride=1):
    """The shortcut does not take the stride.

    With a stride of 2, F(x) has half the height and width of x, and the two cannot be added. What must the 1x1
    convolution do besides changing the channels?
    """
    return F.relu(_inside(x, weight1, weight2, stride) + _around(x, projection, 1))


def projection_ignored(x, weight1, weight2, projection=None, stride=1):
    """The projection is not used.

    Where F(x) and x have different shapes, they cannot be added. What is `projection` for?
    """
    return F.relu(_inside(x, weight1, weight2, stride) + x)


def projection_without_norm(x, weight1, weight2, projection=None, stride=1):
    """The projection is not normalized.

    A norm follows every convolution of this block, the one on the shortcut included.
    """
    around = x if projection is None else F.conv2d(x, projection, stride=stride)
    return F.relu(_inside(x, weight1, weight2, stride) + around)


def side_by_side(x, weight1, weight2, projection=None, stride=1):
    """The two are concatenated, not added.

    That is DenseNet's idea, where the number of channels grows with every block. Here the result has as many channels
    as F(x).
    """
    return F.relu(torch.cat([_inside(x, weight1, weight2, stride), _around(x, projection, stride)], dim=1))


def norm_after_the_sum(x, weight1, weight2, projection=None, stride=1):
    """The sum is normalized.

    Then every block rescales its input, and the shortcut no longer passes it on unchanged. The last norm belongs to F,
    before the sum.
    """
    y = F.relu(_norm(F.conv2d(x, weight1, stride=stride, padding=1)))
    return F.relu(_norm(F.conv2d(y, weight2, padding=1) + _around(x, projection, stride)))


def second_norm_missing(x, weight1, weight2, projection=None, stride=1):
    """The second convolution is not normalized.

    A norm follows every convolution. Count the norms of the block.
    """
    y = F.relu(_norm(F.conv2d(x, weight1, stride=stride, padding=1)))
    return F.relu(F.conv2d(y, weight2, padding=1) + _around(x, projection, stride))


def no_padding(x, weight1, weight2, projection=None, stride=1):
    """The 3x3 convolutions are not padded.

    Each of them then removes two rows and two columns, and the sum no longer fits. Which padding keeps the size under
    a kernel of 3?
    """
    y = F.relu(_norm(F.conv2d(x, weight1, stride=stride)))
    return F.relu(_norm(F.conv2d(y, weight2)) + _around(x, projection, stride))


def input_changed(x, weight1, weight2, projection=None, stride=1):
    """The sum is written into x itself.

    `x += y` changes the caller's tensor, which the backward pass of the first convolution still needs. Make a new
    tensor, or add into y.
    """
    around = _around(x, projection, stride)
    around += _inside(x, weight1, weight2, stride)
    return F.relu(around)


def no_norms(x, weight1, weight2, projection=None, stride=1):
    """The norms are missing.

    Part 4 defines F as convolution, norm, ReLU, convolution, norm. What keeps the maps at unit size in your block?
    """
    y = F.relu(F.conv2d(x, weight1, stride=stride, padding=1))
    around = x if projection is None else F.conv2d(x, projection, stride=stride)
    return F.relu(F.conv2d(y, weight2, padding=1) + around)


def wrong_relu_removed(x, weight1, weight2, projection=None, stride=1):
    """The ReLU between the convolutions was removed, and the one before the sum is still there.

    Two linear maps in a row are one linear map, so F needs its inner ReLU. Which ReLU keeps F from being negative?
    """
    y = _norm(F.conv2d(x, weight1, stride=stride, padding=1))
    return F.relu(F.relu(_norm(F.conv2d(y, weight2, padding=1))) + _around(x, projection, stride))


def relu_before_the_norm(x, weight1, weight2, projection=None, stride=1):
    """The inner ReLU comes before the norm.

    Part 4 defines F as convolution, norm, ReLU, convolution, norm. In which order are norm and ReLU in your block?
    """
    y = _norm(F.relu(F.conv2d(x, weight1, stride=stride, padding=1)))
    return F.relu(_norm(F.conv2d(y, weight2, padding=1)) + _around(x, projection, stride))
