"""A small network for the score of points: of where it is asked, and of how much noise there is.

Axes: n points, d dimensions.
"""

import itertools
import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labkit.diffusion.noise_level import Level, across
from labkit.diffusion.sde import SDE, Score


class ScoreNetwork(nn.Module):
    r"""$s(x, \sigma) = -\frac{1}{\sigma}\,\hat z\!\left(\frac{x}{\sqrt{1 + \sigma^2}}, \log \sigma\right)$.

    The network $\hat z$ guesses the noise, a number of the same size at every level, and the score is that noise scaled
    (Song and Ermon 2020, https://arxiv.org/abs/2006.09011). It sees the point scaled to about the same size, with
    `waves` sines and cosines of random directions, which let it follow narrow modes (Tancik et al. 2020,
    https://arxiv.org/abs/2006.10739), and the level as `tones` sines and cosines of its logarithm.
    """

    def __init__(self, dimensions: int = 2, width: int = 128, depth: int = 3, waves: int = 16, tones: int = 8):
        super().__init__()
        self.register_buffer("directions", 2 * torch.randn(dimensions, waves))
        self.register_buffer("turns", math.pi / 8 * torch.arange(1, tones + 1))
        sizes = [dimensions + 2 * waves + 2 * tones] + [width] * depth
        layers = [part for a, b in itertools.pairwise(sizes) for part in (nn.Linear(a, b), nn.SiLU())]
        self.layers = nn.Sequential(*layers, nn.Linear(sizes[-1], dimensions))

    def forward(self, x: Float[Tensor, "n d"], std: Level) -> Float[Tensor, "n d"]:
        """The score of the data under noise of standard deviation `std`. Raises ValueError unless that is above 0."""
        std = across(std, x).expand(len(x), 1)
        if not std.is_meta and (std <= 0).any():
            raise ValueError("a score network knows noise, not its absence: std must be greater than 0")
        place = x / (1 + std.square()).sqrt()
        waves, tones = place @ self.directions, std.log() * self.turns  # n waves, n tones
        seen = torch.cat([place, waves.sin(), waves.cos(), tones.sin(), tones.cos()], dim=1)
        return -self.layers(seen) / std

    def at(self, sde: SDE) -> Score:
        r"""The score at a time of `sde`, of $a x_0 + \sigma z$, from what was learned on $x_0 + \sigma z$.

        The one is the other at another scale: $\frac1a\, s\!\left(\frac{x}{a}, \frac{\sigma}{a}\right)$. Train up to
        the greatest $\sigma / a$ that the times ask for: $\sigma_{max}$ of a VESDE, but 152 for the usual VPSDE.
        """

        def score(x: Tensor, t: Level) -> Tensor:
            shrink = sde.shrink(t).to(x)
            return self(x / across(shrink, x), sde.std(t).to(x) / shrink) / across(shrink, x)

        return score
