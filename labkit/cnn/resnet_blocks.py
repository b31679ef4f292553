"""The blocks that residual networks stack, and the shortcuts around them.

Axes: b batch, c channels in, o channels out, h w rows and columns in, y x rows and columns out.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class Projection(nn.Sequential):
    """A shortcut that changes the number of channels or the size: a 1x1 convolution and its norm.

    He et al. 2015, section 3.3, option B, https://arxiv.org/abs/1512.03385
    """

    def __init__(self, channels: int, filters: int, stride: int):
        super().__init__(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))


class ZeroPadding(nn.Module):
    """A shortcut that changes both and learns nothing: every stride-th pixel, and empty channels in the end.

    He et al. 2015, section 3.3, option A, https://arxiv.org/abs/1512.03385
    """

    def __init__(self, channels: int, filters: int, stride: int):
        super().__init__()
        if filters < channels:
            raise ValueError(f"zeros can fill up {channels} channels, not take {channels - filters} of them away")
        self.stride, self.extra = stride, filters - channels

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b o y x"]:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))


Shortcut = type[Projection] | type[ZeroPadding]


def shortcut_for(channels: int, filters: int, stride: int, shortcut: Shortcut) -> nn.Module:
    """Nothing at all where input and output have the same shape, else `shortcut`."""
    return nn.Identity() if channels == filters and stride == 1 else shortcut(channels, filters, stride)


def residual_block(
    x: Float[Tensor, "b c h w"],
    weight1: Float[Tensor, "o c 3 3"],
    weight2: Float[Tensor, "o o 3 3"],
    projection: Float[Tensor, "o c 1 1"] | None = None,
    stride: int = 1,
) -> Float[Tensor, "b o y x"]:
    r"""Two 3x3 convolutions and what goes around them, as one function: $\mathrm{ReLU}(x + F(x))$.

    Norms take the statistics of the batch and have no weights. `BasicBlock` is this with norms that learn.
    He et al. 2015, eq. 1 and 2, https://arxiv.org/abs/1512.03385
    """
    y = F.relu(_norm(F.conv2d(x, weight1, stride=stride, padding=1)))
    y = _norm(F.conv2d(y, weight2, padding=1))
    around = x if projection is None else _norm(F.conv2d(x, projection, stride=stride))
    return F.relu(y + around)


def _norm(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    return F.batch_norm(x, None, None, training=True)


class BasicBlock(nn.Module):
    r"""Two 3x3 convolutions whose result is added to what came in: $\mathrm{ReLU}(x + F(x))$.

    $F$ is convolution, norm, ReLU, convolution, norm; the first convolution takes the stride.
    He et al. 2015, eq. 1 and figure 5 (left), https://arxiv.org/abs/1512.03385
    """

    expansion = 1

    def __init__(self, channels: int, filters: int, stride: int = 1, shortcut: Shortcut = Projection):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters)
        self.shortcut = shortcut_for(channels, filters, stride, shortcut)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b o y x"]:
        y = F.relu_(self.norm1(self.conv1(x)))  # in place: the norm's output is needed by nobody else
        y = self.norm2(self.conv2(y))
        y += self.shortcut(x)
        return F.relu_(y)


class PlainBlock(nn.Module):
    """The same two convolutions and nothing around them: what a residual network is measured against.

    He et al. 2015, section 3.3, https://arxiv.org/abs/1512.03385
    """

    expansion = 1

    def __init__(self, channels: int, filters: int, stride: int = 1, shortcut: Shortcut = Projection):
        super().__init__()  # there is no shortcut: the argument is there so that blocks can be exchanged
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b o y x"]:
        return F.relu_(self.norm2(self.conv2(F.relu_(self.norm1(self.conv1(x))))))


class Bottleneck(nn.Module):
    r"""1x1 to few channels, 3x3 there, 1x1 back to four times as many, added to what came in.

    $17 f^2$ weights for $f$ filters inside and $4f$ around; two 3x3 convolutions on all $4f$ would have $288 f^2$.
    The 3x3 convolution takes the stride, as in most implementations; in the paper it was the first 1x1.
    He et al. 2015, figure 5 (right), https://arxiv.org/abs/1512.03385
    """

    expansion = 4

    def __init__(self, channels: int, filters: int, stride: int = 1, shortcut: Shortcut = Projection):
        super().__init__()
        wide = self.expansion * filters
        self.conv1, self.norm1 = nn.Conv2d(channels, filters, 1, bias=False), nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters)
        self.conv3, self.norm3 = nn.Conv2d(filters, wide, 1, bias=False), nn.BatchNorm2d(wide)
        self.shortcut = shortcut_for(channels, wide, stride, shortcut)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b o y x"]:
        y = F.relu_(self.norm1(self.conv1(x)))
        y = F.relu_(self.norm2(self.conv2(y)))
        y = self.norm3(self.conv3(y))
        y += self.shortcut(x)
        return F.relu_(y)


Block = type[BasicBlock] | type[PlainBlock] | type[Bottleneck]
