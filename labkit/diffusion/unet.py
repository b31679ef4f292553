"""The U-Net that predicts noise: down to few positions and up again, with a connection at every size.

Axes: b batch, c channels, h height, w width.
"""

import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.diffusion.time_embedding import TimeEmbedding
from labkit.diffusion.unet_blocks import Double, Stage, cat, half


class UNet(nn.Module):
    r"""An image and a step in, the noise in the image out, of the same shape.

    `channels` has an entry for each size, the largest size first; attention stands at the smallest. Squares of
    `patch` x `patch` pixels are folded into channels first (and unfolded at the end): a quarter of the places at a
    patch of 2, so about a quarter of the work. With `classes` it takes labels from 0 to `classes`, the last of which
    means "no class".
    Raises ValueError for channels that do not divide into groups and heads, and for images that do not halve evenly.
    Ho et al. 2020, appendix B, https://arxiv.org/abs/2006.11239, after Ronneberger et al. 2015,
    https://arxiv.org/abs/1505.04597
    """

    def __init__(
        self,
        channels: tuple[int, ...] = (32, 64),
        image: int = 1,
        patch: int = 2,
        heads: int = 4,
        classes: int = 0,
        groups: int = 4,
    ):
        super().__init__()
        if not channels or any(wide % groups or wide % heads for wide in channels):
            raise ValueError(f"channels {channels} must be multiples of {groups} groups and of {heads} heads")
        self.patch, self.embed = patch, TimeEmbedding(channels[0], 4 * channels[0], classes)
        self.enter = nn.Conv2d(image * patch**2, channels[0], 3, padding=1)
        self.down, self.halves, self.up, self.doubles = (nn.ModuleList() for _ in range(4))
        wide, bridges = channels[0], [channels[0]]
        for level, following in enumerate(channels, start=1):
            last = level == len(channels)
            self.down.append(Stage(wide, following, 4 * channels[0], heads if last else 0, groups))
            wide = following
            bridges += [wide] if last else [wide, wide]
            if not last:
                self.halves.append(half(wide))
        self.middle = nn.ModuleList(Stage(wide, wide, 4 * channels[0], h, groups) for h in (heads, 0))
        self._build_up(channels, bridges, heads, groups)
        self._build_out(channels[0], image * patch**2, groups)

    def _build_up(self, channels: tuple[int, ...], bridges: list[int], heads: int, groups: int) -> None:
        wide = channels[-1]
        for level, following in enumerate(reversed(channels)):
            for _ in range(2):
                self.up.append(Stage(wide + bridges.pop(), following, 4 * channels[0], 0 if level else heads, groups))
                wide = following
            if bridges:
                self.doubles.append(Double(wide))

    def _build_out(self, wide: int, outputs: int, groups: int) -> None:
        self.norm, self.leave = nn.GroupNorm(groups, wide), nn.Conv2d(wide, outputs, 3, padding=1)
        nn.init.zeros_(self.leave.weight)  # the first guess is "no noise", whatever comes

    def forward(
        self, x: Float[Tensor, "b c h w"], t: Int[Tensor, " b"], labels: Int[Tensor, " b"] | None = None
    ) -> Float[Tensor, "b c h w"]:
        self._check(x)
        embedded = F.silu(self.embed(t, labels))
        x = self.enter(rearrange(x, "b c (h p) (w q) -> b (c p q) h w", p=self.patch, q=self.patch))
        bridges = [x]
        for level, stage in enumerate(self.down):
            bridges.append(x := stage(x, embedded))
            if level < len(self.halves):
                bridges.append(x := self.halves[level](x))
        for stage in self.middle:
            x = stage(x, embedded)
        for place, stage in enumerate(self.up, start=1):
            x = stage(cat(x, bridges.pop()), embedded)
            if place % 2 == 0 and bridges:
                x = self.doubles[place // 2 - 1](x)
        x = self.leave(F.silu(self.norm(x)))
        return rearrange(x, "b (c p q) h w -> b c (h p) (w q)", p=self.patch, q=self.patch)

    def _check(self, x: Tensor) -> None:
        least = self.patch * 2 ** (len(self.down) - 1)
        if x.shape[2] % least or x.shape[3] % least:
            raise ValueError(f"height and width must be multiples of {least}, not {x.shape[2]} x {x.shape[3]}: pad")
