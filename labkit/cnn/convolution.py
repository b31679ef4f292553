"""Convolution written out: once in loops, to be read, and once as a matrix product over all patches.

Axes: b batch, c channels in, h w rows and columns in, o channels out, y x rows and columns out, i j of the kernel.
The models of this room call torch's fused kernel, which gives the same numbers faster.
"""

import torch
import torch.nn.functional as F
from einops import einsum, rearrange
from jaxtyping import Float
from torch import Tensor

from labkit.cnn.receptive_field import output_size


def conv2d_in_loops(
    x: Float[Tensor, "b c h w"],
    weight: Float[Tensor, "o c i j"],
    bias: Float[Tensor, " o"] | None = None,
    stride: int = 1,
    padding: int = 0,
) -> Float[Tensor, "b o y x"]:
    r"""Lay the kernel on every place of the picture, multiply, and add up: the definition, number by number.

    $$\mathrm{out}_{o,y,x} = b_o + \sum_{c,i,j} W_{o,c,i,j}\; X_{c,\,sy+i-p,\;sx+j-p}$$

    with stride $s$ and padding $p$; outside of the picture $X$ is zero. (Mathematicians call this cross-correlation: in
    a convolution proper the kernel is turned around. What is learned does not care.) Slow; see `conv2d`.
    LeCun et al. 1998, section II, https://doi.org/10.1109/5.726791
    """
    x = F.pad(x, (padding, padding, padding, padding))
    (filters, _, rows, columns), (batch, _, height, width) = weight.shape, x.shape
    tall, wide = (height - rows) // stride + 1, (width - columns) // stride + 1
    out = x.new_zeros(batch, filters, tall, wide)
    for o in range(filters):
        for top in range(tall):
            for left in range(wide):
                patch = x[:, :, top * stride : top * stride + rows, left * stride : left * stride + columns]  # b c i j
                out[:, o, top, left] = (patch * weight[o]).sum(dim=(1, 2, 3))
        if bias is not None:
            out[:, o] += bias[o]
    return out


def patches(
    x: Float[Tensor, "b c h w"],
    kernel: tuple[int, int],
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    fill: float = 0.0,
) -> Float[Tensor, "b c y x i j"]:
    """Every window of the picture, one for each place of the output. A view: nothing is copied but the padding.

    `dilation` takes every second (third, ...) pixel; `fill` is what stands around the picture.
    Raises ValueError where a window does not fit.
    """
    for size, reach in zip(x.shape[2:], kernel, strict=True):
        output_size(size, reach, stride, padding, dilation)
    if padding:
        x = F.pad(x, (padding, padding, padding, padding), value=fill)
    for axis, size in enumerate(kernel):
        x = x.unfold(2 + axis, (size - 1) * dilation + 1, stride)  # the window becomes the last axis
    return x[..., ::dilation, ::dilation]


def conv2d(
    x: Float[Tensor, "b c h w"],
    weight: Float[Tensor, "o c_of_group i j"],
    bias: Float[Tensor, " biases"] | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Float[Tensor, "b o y x"]:
    r"""Convolution as one matrix product: rows are patches, columns are filters.

    $$\mathrm{out}_{o,y,x} = b_o + \sum_{c,i,j} W_{o,c,i,j}\; X_{c,\,sy+di-p,\;sx+dj-p}$$

    with stride $s$, dilation $d$ and padding $p$. With `groups`, channels and filters are cut into that many slices,
    and each slice of the filters sees its own slice of the channels only.
    Raises ValueError for shapes that do not fit. LeCun et al. 1998, https://doi.org/10.1109/5.726791
    """
    _check(x, weight, bias, groups)
    windows = patches(x, (weight.shape[2], weight.shape[3]), stride, padding, dilation)  # b c y x i j
    windows = rearrange(windows, "b (g c) y x i j -> b g y x (c i j)", g=groups)
    filters = rearrange(weight, "(g o) c i j -> g o (c i j)", g=groups)
    out = rearrange(einsum(windows, filters, "b g y x p, g o p -> b g o y x"), "b g o y x -> b (g o) y x")
    return out if bias is None else out + bias[:, None, None]


def _check(x: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> None:
    channels, (filters, seen) = x.shape[1], weight.shape[:2]
    if groups < 1 or channels % groups or filters % groups:
        raise ValueError(f"{channels} channels and {filters} filters do not divide into {groups} groups")
    if seen * groups != channels:
        group = f" in {groups} groups" if groups > 1 else ""
        raise ValueError(
            f"a filter that sees {seen} channels{group} takes pictures of {seen * groups} channels, not {channels}: "
            "weight is (filters, channels of a group, rows, columns)"
        )
    if bias is not None and bias.shape != torch.Size([filters]):
        raise ValueError(f"{filters} filters have {filters} biases, not {tuple(bias.shape)}")
