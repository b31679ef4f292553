"""The importance-weighted bound: closer to the likelihood the more draws it may take.

Axes: b batch, p pixels, z latent, k draws for each image.
"""

import math

import torch
from einops import repeat
from jaxtyping import Float
from torch import Tensor

from labkit.autoencoders.vae import VAE, reparameterize


def log_weights(model: VAE, x: Float[Tensor, "b p"], draws: int) -> Float[Tensor, "k b"]:
    r"""$\log w_i = \log p(x \mid z_i) + \log p(z_i) - \log q(z_i \mid x)$ for `draws` draws $z_i \sim q(z \mid x)$."""
    if draws < 1:
        raise ValueError(f"a bound takes at least one draw, not {draws}")
    mean, log_variance = model.encode(x)
    noise = torch.randn(draws, *mean.shape, dtype=mean.dtype, device=mean.device)
    z = reparameterize(mean, log_variance, noise)  # k b z
    likelihood = model.log_likelihood(repeat(x, "b p -> (k b) p", k=draws), z.flatten(0, 1)).view(draws, len(x))
    prior = -0.5 * z.square().sum(dim=-1)  # both densities have the same constant, which cancels
    posterior = -0.5 * (noise.square() + log_variance).sum(dim=-1)
    return likelihood + prior - posterior


def importance_bound(model: VAE, x: Float[Tensor, "b p"], draws: int) -> Float[Tensor, " b"]:
    r"""A lower bound of $\log p(x)$ for each image, in nats: $\mathcal{L}_k = E \log \frac1k \sum_{i=1}^k w_i$.

    With one draw it is the ELBO; it never falls as `draws` grows, and goes to $\log p(x)$.
    Burda et al. 2016, https://arxiv.org/abs/1509.00519. Raises ValueError for fewer draws than one.
    """
    return log_weights(model, x, draws).logsumexp(dim=0) - math.log(draws)
