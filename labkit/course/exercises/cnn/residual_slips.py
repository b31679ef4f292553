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


def nothing_around(x, weight1, weight2, projection=None, stride=1):
    """Nothing is added.

    That is the plain block. If its weights were all zero, what would come out, and what should come out of a residual
    block?
    """
    return F.relu(_inside(x, weight1, weight2, stride))


def relu_before_the_sum(x, weight1, weight2, projection=None, stride=1):
    """The last ReLU comes before the sum.

    A block whose F is never negative can only add, and the numbers grow from block to block. Where does the ReLU stand
    in the formula?
    """
    return F.relu(_inside(x, weight1, weight2, stride)) + _around(x, projection, stride)


def relu_twice(x, weight1, weight2, projection=None, stride=1):
    """There is a ReLU before the sum as well.

    F may be negative: how else could a block take something away? Count your ReLUs: one inside, one at the end.
    """
    return F.relu(F.relu(_inside(x, weight1, weight2, stride)) + _around(x, projection, stride))


def no_last_relu(x, weight1, weight2, projection=None, stride=1):
    """The last ReLU is missing.

    The sum is right. In the formula something goes around it.
    """
    return _inside(x, weight1, weight2, stride) + _around(x, projection, stride)


def no_inner_relu(x, weight1, weight2, projection=None, stride=1):
    """There is no ReLU between the convolutions.

    Two linear maps, one after the other, are one linear map. What makes two layers more than one?
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
    """The way around does not take the stride.

    With a stride of 2, F(x) is half as high and wide as x, and the two cannot be added. What must the 1x1 convolution
    do besides changing the channels?
    """
    return F.relu(_inside(x, weight1, weight2, stride) + _around(x, projection, 1))


def projection_ignored(x, weight1, weight2, projection=None, stride=1):
    """The projection is not used.

    Where F(x) has another shape than x, x cannot be added as it is. What is `projection` for?
    """
    return F.relu(_inside(x, weight1, weight2, stride) + x)


def projection_without_norm(x, weight1, weight2, projection=None, stride=1):
    """The projection is not normalized.

    Every convolution of this block is followed by a norm: the one on the way around, too.
    """
    around = x if projection is None else F.conv2d(x, projection, stride=stride)
    return F.relu(_inside(x, weight1, weight2, stride) + around)


def side_by_side(x, weight1, weight2, projection=None, stride=1):
    """The two are laid side by side, not added.

    That is DenseNet's idea, and then channels get more and more. Here the result has as many channels as F(x).
    """
    return F.relu(torch.cat([_inside(x, weight1, weight2, stride), _around(x, projection, stride)], dim=1))


def norm_after_the_sum(x, weight1, weight2, projection=None, stride=1):
    """The sum is normalized.

    Then what comes in is rescaled in every block, and the clear path is gone. The last norm belongs to F, before the
    sum.
    """
    y = F.relu(_norm(F.conv2d(x, weight1, stride=stride, padding=1)))
    return F.relu(_norm(F.conv2d(y, weight2, padding=1) + _around(x, projection, stride)))


def second_norm_missing(x, weight1, weight2, projection=None, stride=1):
    """The second convolution is not normalized.

    Every convolution is followed by a norm. Count them on the way through the block.
    """
    y = F.relu(_norm(F.conv2d(x, weight1, stride=stride, padding=1)))
    return F.relu(F.conv2d(y, weight2, padding=1) + _around(x, projection, stride))


def no_padding(x, weight1, weight2, projection=None, stride=1):
    """The 3x3 convolutions are not padded.

    Each of them then takes two rows and two columns away, and the sum no longer fits. Which padding keeps the size
    under a kernel of 3?
    """
    y = F.relu(_norm(F.conv2d(x, weight1, stride=stride)))
    return F.relu(_norm(F.conv2d(y, weight2)) + _around(x, projection, stride))


def input_changed(x, weight1, weight2, projection=None, stride=1):
    """The sum is written into x itself.

    `x += y` changes what the caller handed in, and what the backward pass of the first convolution needs. Make a new
    tensor, or add into y, which is yours.
    """
    around = _around(x, projection, stride)
    around += _inside(x, weight1, weight2, stride)
    return F.relu(around)


SLIPS = (
    nothing_around,
    relu_before_the_sum,
    relu_twice,
    no_last_relu,
    no_inner_relu,
    stride_in_the_second,
    shortcut_without_stride,
    projection_ignored,
    projection_without_norm,
    side_by_side,
    norm_after_the_sum,
    second_norm_missing,
    no_padding,
    input_changed,
)
