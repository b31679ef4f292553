"""What goes wrong in a convolution: each function is wrong in one thing, which its docstring names."""

import torch
import torch.nn.functional as F

from labkit.cnn.convolution import conv2d


def kernel_turned(x, weight, bias=None, stride=1, padding=0):
    """The kernel is rotated by 180 degrees.

    That is a convolution in the mathematical sense. In this course, as in deep learning libraries, the kernel is not
    rotated. Which weight is multiplied with the pixel at the top left of a window?
    """
    return conv2d(x, weight.flip(-2, -1), bias, stride, padding)


def kernel_transposed(x, weight, bias=None, stride=1, padding=0):
    """Rows and columns of the kernel are swapped.

    Compare the indices of the kernel with those of the window. Does the first one count rows in both?
    """
    return conv2d(x, weight.mT, bias, stride, padding)


def bias_forgotten(x, weight, bias=None, stride=1, padding=0):
    """The bias is missing.

    Without biases your numbers are right. Where a bias is given, one number is added to each map. Which axis of the
    result do the biases belong to?
    """
    return conv2d(x, weight, None, stride, padding)


def bias_for_every_product(x, weight, bias=None, stride=1, padding=0):
    """The bias is added too often.

    It seems to be inside the sum over the window. How often should it be added to one number of the result?
    """
    many = None if bias is None else bias * weight[0].numel()
    return conv2d(x, weight, many, stride, padding)


def mean_of_products(x, weight, bias=None, stride=1, padding=0):
    """The products are averaged.

    The formula has a sum over the window, and no division. What does your code do with the products?
    """
    return conv2d(x, weight / weight[0].numel(), bias, stride, padding)


def stride_ignored(x, weight, bias=None, stride=1, padding=0):
    """The stride has no effect.

    With a stride of 2 the window moves two pixels at a time, down and to the right. How many positions has it, then?
    """
    return conv2d(x, weight, bias, 1, padding)


def windows_side_by_side(x, weight, bias=None, stride=1, padding=0):
    """Windows do not overlap.

    Your window moves by its own size. It should move by `stride`, whatever the size of the kernel.
    """
    return conv2d(x, weight, bias, min(weight.shape[-2:]), padding)


def padding_ignored(x, weight, bias=None, stride=1, padding=0):
    """The padding has no effect.

    With a padding of 1 the picture gets a frame of zeros, one pixel wide, before anything else. How large is it then?
    """
    return conv2d(x, weight, bias, stride)


def padding_on_two_sides(x, weight, bias=None, stride=1, padding=0):
    """Only two sides are padded.

    A frame surrounds the picture. How many rows does a picture of h rows have with `padding` above and below?
    """
    return conv2d(F.pad(x, (0, padding, 0, padding)), weight, bias, stride)


def padded_afterwards(x, weight, bias=None, stride=1, padding=0):
    """The result is padded, not the picture.

    The frame lets windows overlap the edge of the picture. Can it do so if you add it after the convolution?
    """
    return F.pad(conv2d(x, weight, bias, stride), (padding,) * 4)


def padded_with_copies(x, weight, bias=None, stride=1, padding=0):
    """The frame repeats the edge of the picture.

    That is another kind of padding, and sometimes a better one. Which number does this exercise ask for around the
    picture?
    """
    return conv2d(F.pad(x, (padding,) * 4, mode="replicate"), weight, bias, stride)


def one_place_too_few(x, weight, bias=None, stride=1, padding=0):
    """The last position of the window is missing.

    How many positions has a window of 2 on a row of 3 pixels? Count them, then look at your range.
    """
    out = conv2d(x, weight, bias, stride, padding)
    return out[..., :-1, :-1]


def first_channel_only(x, weight, bias=None, stride=1, padding=0):
    """Only the first channel is used.

    A filter has weights for every channel of the picture, and its sum runs over all of them.
    """
    return conv2d(x[:, :1], weight[:, :1], bias, stride, padding)


def channels_kept_apart(x, weight, bias=None, stride=1, padding=0):
    """The channels are not added up.

    Your result has an axis for the channels of the picture. A filter looks at all channels at once and gives one map.
    """
    return torch.stack([conv2d(x[:, [c]], weight[:, [c]], bias, stride, padding) for c in range(x.shape[1])], dim=2)


def stride_of_one_axis(x, weight, bias=None, stride=1, padding=0):
    """The stride has an effect on the rows only.

    The window moves by the stride in both directions. Which step does your window take to the right?
    """
    return conv2d(F.pad(x, (padding,) * 4), weight, bias, 1)[:, :, ::stride]


def one_bias_for_all(x, weight, bias=None, stride=1, padding=0):
    """All maps get the sum of the biases.

    Each filter has a bias of its own. Line the axis of the biases up with the axis of the filters.
    """
    shared = None if bias is None else bias.sum().expand_as(bias)
    return conv2d(x, weight, shared, stride, padding)


def stride_in_the_count_only(x, weight, bias=None, stride=1, padding=0):
    """The stride decides how many windows there are, and not where they start.

    The shape is right. Output row y belongs to the window that starts at row `stride` times y. Where do yours start?
    """
    maps = conv2d(F.pad(x, (padding,) * 4), weight, bias)
    rows, columns = ((size - 1) // stride + 1 for size in maps.shape[2:])
    return maps[:, :, :rows, :columns]
