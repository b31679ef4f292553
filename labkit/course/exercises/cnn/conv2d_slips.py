"""What goes wrong in a convolution: each function is wrong in one thing, which its docstring names."""

import torch
import torch.nn.functional as F

from labkit.cnn.convolution import conv2d


def kernel_turned(x, weight, bias=None, stride=1, padding=0):
    """The kernel is turned around.

    That is what mathematicians call a convolution. In this course, as in every library, the kernel lies on the picture
    as it is: which weight should meet the pixel at the top left of a window?
    """
    return conv2d(x, weight.flip(-2, -1), bias, stride, padding)


def kernel_transposed(x, weight, bias=None, stride=1, padding=0):
    """Rows and columns of the kernel have changed places.

    Compare the indices of the kernel with those of the window: does the first of them run down in both?
    """
    return conv2d(x, weight.mT, bias, stride, padding)


def bias_forgotten(x, weight, bias=None, stride=1, padding=0):
    """The bias is missing.

    Without biases your numbers are right. Where it is given, one number is added to each map: which axis of the result
    do the biases belong to?
    """
    return conv2d(x, weight, None, stride, padding)


def bias_for_every_product(x, weight, bias=None, stride=1, padding=0):
    """The bias is added too often.

    It seems to be inside of the sum over the window. How often should it be added to one number of the result?
    """
    many = None if bias is None else bias * weight[0].numel()
    return conv2d(x, weight, many, stride, padding)


def mean_of_products(x, weight, bias=None, stride=1, padding=0):
    """The products are averaged.

    You are close to average pooling. What does the formula do with the products of a window?
    """
    return conv2d(x, weight / weight[0].numel(), bias, stride, padding)


def stride_ignored(x, weight, bias=None, stride=1, padding=0):
    """The stride has no effect.

    With a stride of 2 the window moves two pixels at a time, down and to the right. How many places does it then have?
    """
    return conv2d(x, weight, bias, 1, padding)


def windows_side_by_side(x, weight, bias=None, stride=1, padding=0):
    """Windows do not overlap.

    Your window moves by its own size. How far it moves is what `stride` says, whatever the size of the kernel.
    """
    return conv2d(x, weight, bias, min(weight.shape[-2:]), padding)


def padding_ignored(x, weight, bias=None, stride=1, padding=0):
    """The padding has no effect.

    With a padding of 1 the picture gets a frame of zeros, one pixel wide, before anything else. How large is it then?
    """
    return conv2d(x, weight, bias, stride)


def padding_on_two_sides(x, weight, bias=None, stride=1, padding=0):
    """There is padding on two sides only.

    A frame goes all around. How many rows does a picture of h rows have with `padding` above and below?
    """
    return conv2d(F.pad(x, (0, padding, 0, padding)), weight, bias, stride)


def padded_afterwards(x, weight, bias=None, stride=1, padding=0):
    """The result is padded, not the picture.

    The frame is there so that windows may hang over the edge of the picture. Is it still of use when the windows are
    done?
    """
    return F.pad(conv2d(x, weight, bias, stride), (padding,) * 4)


def padded_with_copies(x, weight, bias=None, stride=1, padding=0):
    """The frame repeats the edge of the picture.

    That is a padding, too, and sometimes a better one. Which number does this exercise ask for around the picture?
    """
    return conv2d(F.pad(x, (padding,) * 4, mode="replicate"), weight, bias, stride)


def one_place_too_few(x, weight, bias=None, stride=1, padding=0):
    """The last place of the window is missing.

    On a row of 3 pixels, how many places has a window of 2? Count them with your fingers, then look at your range.
    """
    out = conv2d(x, weight, bias, stride, padding)
    return out[..., :-1, :-1]


def first_channel_only(x, weight, bias=None, stride=1, padding=0):
    """Only the first channel is looked at.

    A filter has weights for every channel of the picture, and its sum runs over all of them.
    """
    return conv2d(x[:, :1], weight[:, :1], bias, stride, padding)


def channels_kept_apart(x, weight, bias=None, stride=1, padding=0):
    """The channels are not added up.

    Your result has an axis for the channels of the picture. A filter looks at all channels at once and gives one map.
    """
    return torch.stack([conv2d(x[:, [c]], weight[:, [c]], bias, stride, padding) for c in range(x.shape[1])], dim=2)


SLIPS = (
    kernel_turned,
    kernel_transposed,
    bias_forgotten,
    bias_for_every_product,
    mean_of_products,
    stride_ignored,
    windows_side_by_side,
    padding_ignored,
    padding_on_two_sides,
    padded_afterwards,
    padded_with_copies,
    one_place_too_few,
    first_channel_only,
    channels_kept_apart,
)
