"""A VAE whose decoder also sees the pixels before: strong enough to do without its latent.

Axes: b batch, p pixels, z latent, y and x rows and columns.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from labkit.autoencoders.beta_vae import BetaVAE
from labkit.autoencoders.reconstruction import bernoulli_nll


class CausalConvolution(nn.Module):
    """A convolution that sees only pixels above, and to the left in the same row: never the pixel itself.

    Van den Oord et al. 2016, https://arxiv.org/abs/1601.06759
    """

    def __init__(self, channels: int, reach: int = 2):
        super().__init__()
        self.reach, size = reach, 2 * reach + 1
        self.weight = nn.Parameter(torch.randn(channels, 1, size, size) / size)
        order = torch.arange(size * size).view(1, 1, size, size)
        self.register_buffer("before", order < size * size // 2)

    def forward(self, image: Float[Tensor, "b 1 y x"]) -> Float[Tensor, "b c y x"]:
        return F.conv2d(image, self.weight * self.before, padding=self.reach)


class StrongDecoderVAE(BetaVAE):
    r"""$p(x \mid z) = \prod_i p(x_i \mid x_{<i}, z)$: each pixel is told those before it, in reading order.

    Where neighbors tell nearly all, using the latent costs KL and earns little, and the optimum is to ignore it:
    *posterior collapse*. Chen et al. 2017, https://arxiv.org/abs/1611.02731
    """

    def __init__(self, beta: float, side: int = 28, hidden: int = 128, latent: int = 10, channels: int = 16):
        super().__init__(beta, side * side, hidden, latent)
        self.side = side
        self.before = nn.Sequential(CausalConvolution(channels), nn.ReLU(), nn.Conv2d(channels, 1, 1))

    def log_likelihood(self, x: Float[Tensor, "b p"], z: Float[Tensor, "b z"]) -> Float[Tensor, " b"]:
        """In nats for each image: what the latent says and what the pixels before say, added as logits."""
        image = rearrange(x, "b (y x) -> b 1 y x", y=self.side)
        told = rearrange(self.before(image), "b 1 y x -> b (y x)")
        return -bernoulli_nll(self.logits(z) + told, x)
