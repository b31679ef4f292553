"""Pooling written out: each window of each channel becomes one number.

Axes: b batch, c channels, h w rows and columns in, y x rows and columns out.
"""

import math

import torch
from einops import rearrange, reduce
from jaxtyping import Float
from torch import Tensor

from labkit.cnn.convolution import patches


def max_pool2d(
    x: Float[Tensor, "b c h w"], kernel: int, stride: int | None = None, padding: int = 0, dilation: int = 1
) -> Float[Tensor, "b c y x"]:
    r"""The greatest value of each window: $\mathrm{out}_{c,y,x} = \max_{i,j} X_{c,\,sy+i-p,\;sx+j-p}$.

    Windows do not overlap unless `stride` is less than `kernel` (default: the same). What is padded is never the
    greatest. The gradient goes to one value of each window.
    Ranzato et al. 2007, https://doi.org/10.1109/CVPR.2007.383157
    """
    _check(kernel, padding, dilation)
    windows = patches(x, (kernel, kernel), _stride(kernel, stride), padding, dilation, fill=-math.inf)
    return rearrange(windows, "b c y x i j -> b c y x (i j)").max(dim=-1).values


def avg_pool2d(
    x: Float[Tensor, "b c h w"], kernel: int, stride: int | None = None, padding: int = 0, count_padding: bool = True
) -> Float[Tensor, "b c y x"]:
    """The mean of each window. Padding counts as zeros; with `count_padding=False` it does not count.

    LeCun et al. 1998, section II, https://doi.org/10.1109/5.726791
    """
    _check(kernel, padding)
    stride = _stride(kernel, stride)
    total = reduce(patches(x, (kernel, kernel), stride, padding), "b c y x i j -> b c y x", "sum")
    if count_padding:
        return total / kernel**2
    real = patches(torch.ones_like(x[:1, :1]), (kernel, kernel), stride, padding)  # 1 1 y x i j
    return total / reduce(real, "b c y x i j -> b c y x", "sum")


def global_avg_pool2d(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c"]:
    """One number for each channel, whatever the size of the picture: its mean.

    Lin et al. 2013, section 3.2, https://arxiv.org/abs/1312.4400
    """
    return reduce(x, "b c h w -> b c", "mean")


def _stride(kernel: int, stride: int | None) -> int:
    return kernel if stride is None else stride


def _check(kernel: int, padding: int, dilation: int = 1) -> None:
    reach = (kernel - 1) * dilation + 1
    if 2 * padding > reach:
        raise ValueError(
            f"padding {padding} is more than half of a window of {reach}: some windows would be all padding"
        )
