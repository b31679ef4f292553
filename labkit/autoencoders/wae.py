"""The Wasserstein autoencoder: each image keeps its one code, and only all codes together must look like the prior.

Axes: b batch, p pixels, z latent.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.autoencoders.autoencoder import Autoencoder
from labkit.autoencoders.mmd import mmd
from labkit.autoencoders.reconstruction import squared_error
from labkit.nn.kinds import like


class WAE(Autoencoder):
    r"""Minimizes $E\|x - \hat x\|^2 + \lambda \, \mathrm{MMD}^2(q(z), p(z))$, with $q(z)$ the codes of all images.

    A VAE asks of *every* image's posterior to look like the prior, so that posteriors of different images overlap and
    their images blur into each other. Here only the whole has to. Kernel $2d / (2d + \|z - z'\|^2)$.
    Tolstikhin et al. 2018, https://arxiv.org/abs/1711.01558. Raises ValueError if `weight` is negative.
    """

    def __init__(self, weight: float, pixels: int = 784, hidden: int = 128, latent: int = 10):
        super().__init__(pixels, hidden, latent)
        if weight < 0:
            raise ValueError(f"the weight of the MMD is not negative, but came as {weight}")
        self.weight = weight

    def terms(self, x: Float[Tensor, "b p"]) -> tuple[Float[Tensor, " b"], Float[Tensor, ""]]:
        """Squared error for each image; the squared MMD of the batch's codes to as many draws from the prior."""
        z = self.encode(x)
        return squared_error(self.decode(z), x), mmd(z, torch.randn_like(z), 2.0 * self.latent)

    def loss(self, x: Float[Tensor, "b p"]) -> Float[Tensor, ""]:
        """Squared error per image and the weighted MMD."""
        error, distance = self.terms(x)
        return error.mean() + self.weight * distance

    def generate(self, count: int) -> Float[Tensor, "count p"]:
        """New images: draws from the prior, decoded."""
        return self.decode(torch.randn(count, self.latent, **like(self.decoder)))
