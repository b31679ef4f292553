"""The denoising autoencoder: spoil the input, ask for the clean image.

Axes: b batch, p pixels, z latent.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.autoencoders.autoencoder import Autoencoder
from labkit.autoencoders.reconstruction import bernoulli_nll

Noise = Callable[[Tensor], Tensor]


def masking_noise(share: float) -> Noise:
    """Set each pixel to 0 with probability `share`, independently. Raises ValueError unless 0 <= share < 1."""
    if not 0 <= share < 1:
        raise ValueError(f"the share of masked pixels must be at least 0 and below 1, not {share}")
    return lambda x: x * (torch.rand_like(x) >= share)


def gaussian_noise(deviation: float) -> Noise:
    """Add to each pixel a normal number with this standard deviation. Raises ValueError if it is negative."""
    if deviation < 0:
        raise ValueError(f"a standard deviation is not negative, but came as {deviation}")
    return lambda x: x + deviation * torch.randn_like(x)


class DenoisingAutoencoder(Autoencoder):
    r"""Minimizes $E_{\tilde x \sim c(\tilde x \mid x)} \left[ -\log p(x \mid \tilde x) \right]$ for a corruption $c$.

    The code of the spoiled image has to hold what tells of the clean one, so the reconstruction points from
    $\tilde x$ back to where the data lie. Vincent et al. 2008, https://doi.org/10.1145/1390156.1390294
    """

    def __init__(self, noise: Noise, pixels: int = 784, hidden: int = 128, latent: int = 10):
        super().__init__(pixels, hidden, latent)
        self.noise = noise

    def loss(self, x: Float[Tensor, "b p"]) -> Float[Tensor, ""]:
        """Nats per clean image, from its spoiled twin; the noise is fresh at every call."""
        return bernoulli_nll(self.logits(self.encode(self.noise(x))), x).mean()


def pull(reconstruct: Callable[[Tensor], Tensor], x: Float[Tensor, "b p"]) -> Float[Tensor, "b p"]:
    r"""Where the reconstruction would move each point, $r(x) - x$.

    For small Gaussian noise of variance $\sigma^2$ the best one moves by $\sigma^2 \nabla \log p(x)$: uphill, to where
    data are likelier. Alain and Bengio 2014, https://arxiv.org/abs/1211.4246
    """
    return reconstruct(x) - x
