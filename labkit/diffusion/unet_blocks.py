"""What a diffusion U-Net is made of: residual blocks that know the step, attention over places, half and double size.

Axes: b batch, c channels, h height, w width, e width of the step's embedding.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from labkit.nn.attention import MultiHeadAttention


class ResidualBlock(nn.Module):
    r"""Two convolutions around which the input may pass; the step is added to every place in between.

    $$y = \mathrm{skip}(x) + f_2\big(f_1(x) + W e\big), \qquad f_i(x) = \mathrm{conv}(\mathrm{SiLU}(\mathrm{norm}(x)))$$
    Ho et al. 2020, appendix B, https://arxiv.org/abs/2006.11239
    """

    def __init__(self, inputs: int, outputs: int, embedding: int, groups: int = 4):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(groups, inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.step = nn.Linear(embedding, outputs)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Float[Tensor, "b c h w"], embedded: Float[Tensor, "b e"]) -> Float[Tensor, "b c2 h w"]:
        """`embedded` has passed its SiLU already: once for all blocks."""
        y = self.conv1(F.silu(self.norm1(x)))
        y = y + self.step(embedded)[:, :, None, None]
        return self.skip(x) + self.conv2(F.silu(self.norm2(y)))


class PlaceAttention(nn.Module):
    """Every place of an image reads from every other: strokes at opposite ends can agree.

    Ho et al. 2020, appendix B, https://arxiv.org/abs/2006.11239
    """

    def __init__(self, channels: int, heads: int, groups: int = 4):
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels)
        self.attention = MultiHeadAttention(channels, heads)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        places = rearrange(self.norm(x), "b c h w -> b (h w) c")
        return x + rearrange(self.attention(places), "b (h w) c -> b c h w", h=x.shape[2])


class Stage(nn.Module):
    """A residual block, and attention where it is wanted."""

    def __init__(self, inputs: int, outputs: int, embedding: int, heads: int = 0, groups: int = 4):
        super().__init__()
        self.block = ResidualBlock(inputs, outputs, embedding, groups)
        self.attention = PlaceAttention(outputs, heads, groups) if heads else None

    def forward(self, x: Float[Tensor, "b c h w"], embedded: Float[Tensor, "b e"]) -> Float[Tensor, "b c2 h w"]:
        x = self.block(x, embedded)
        return x if self.attention is None else self.attention(x)


def half(channels: int) -> nn.Module:
    """Half the size, by a convolution that takes every second place."""
    return nn.Conv2d(channels, channels, 3, stride=2, padding=1)


class Double(nn.Module):
    """Twice the size: every place four times, then a convolution to smooth the seams."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


def cat(x: Float[Tensor, "b c h w"], remembered: Float[Tensor, "b c2 h w"]) -> Float[Tensor, "b c3 h w"]:
    """Lay the channels of both side by side."""
    return torch.cat([x, remembered], dim=1)
