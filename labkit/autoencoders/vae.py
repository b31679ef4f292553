"""The variational autoencoder: the encoder answers with a Gaussian, and the decoder must bear its spread.

Axes: b batch, p pixels, z latent, k draws for each image.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labkit.autoencoders.autoencoder import two_layers
from labkit.autoencoders.reconstruction import bernoulli_nll
from labkit.nn.kinds import like


def reparameterize(
    mean: Float[Tensor, "*b z"], log_variance: Float[Tensor, "*b z"], noise: Float[Tensor, "*k z"]
) -> Float[Tensor, "*k z"]:
    r"""A draw from a Gaussian that gradients flow through: $z = \mu + \sigma \epsilon$, with $\log \sigma^2$ given.

    `noise` is standard normal, of the shape of the mean, or with further axes in front for several draws of each.
    Kingma and Welling 2014, section 2.4, https://arxiv.org/abs/1312.6114
    """
    return mean + (0.5 * log_variance).exp() * noise


def gaussian_kl(mean: Float[Tensor, "*b z"], log_variance: Float[Tensor, "*b z"]) -> Float[Tensor, "*b"]:
    r"""$KL\big(N(\mu, \sigma^2) \,\|\, N(0, I)\big) = \frac12 \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)$.

    In nats for each row, summed over the latent dimensions. Kingma and Welling 2014, appendix B,
    https://arxiv.org/abs/1312.6114
    """
    return kl_per_dimension(mean, log_variance).sum(dim=-1)


def kl_per_dimension(mean: Float[Tensor, "*b z"], log_variance: Float[Tensor, "*b z"]) -> Float[Tensor, "*b z"]:
    """The same, before the sum: a dimension near 0 for every image tells the decoder nothing."""
    if mean.shape != log_variance.shape:
        raise ValueError(f"mean {tuple(mean.shape)} and log variance {tuple(log_variance.shape)} must have one shape")
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def negative_elbo(
    logits: Float[Tensor, "b p"],
    x: Float[Tensor, "b p"],
    mean: Float[Tensor, "b z"],
    log_variance: Float[Tensor, "b z"],
) -> Float[Tensor, ""]:
    r"""The loss of a VAE in nats per image, $-\log p(x \mid z) + KL$: sums for each image, a mean over images.

    `logits` are the decoder's, for Bernoulli pixels `x` between 0 and 1. Kingma and Welling 2014, eq. 10,
    https://arxiv.org/abs/1312.6114
    """
    return (bernoulli_nll(logits, x) + gaussian_kl(mean, log_variance)).mean()


class VAE(nn.Module):
    r"""$q(z \mid x) = N(\mu(x), \sigma^2(x))$, $p(z) = N(0, I)$, $p(x \mid z)$ Bernoulli with logits from the decoder.

    Trained to maximize a lower bound of $\log p(x)$, the ELBO:
    $$\log p(x) \ge E_{q(z \mid x)}[\log p(x \mid z)] - KL(q(z \mid x) \,\|\, p(z)).$$
    Kingma and Welling 2014, https://arxiv.org/abs/1312.6114
    """

    def __init__(self, pixels: int = 784, hidden: int = 128, latent: int = 10):
        super().__init__()
        self.latent = latent
        self.encoder = two_layers(pixels, hidden, 2 * latent)
        self.decoder = two_layers(latent, hidden, pixels)

    def encode(self, x: Float[Tensor, "b p"]) -> tuple[Float[Tensor, "b z"], Float[Tensor, "b z"]]:
        """Mean and log variance of the posterior."""
        mean, log_variance = self.encoder(x).chunk(2, dim=-1)
        return mean, log_variance

    def logits(self, z: Float[Tensor, "*b z"]) -> Float[Tensor, "*b p"]:
        return self.decoder(z)

    def decode(self, z: Float[Tensor, "*b z"]) -> Float[Tensor, "*b p"]:
        """Images: the probability of white in each pixel."""
        return self.logits(z).sigmoid()

    def log_likelihood(self, x: Float[Tensor, "b p"], z: Float[Tensor, "b z"]) -> Float[Tensor, " b"]:
        r"""$\log p(x \mid z)$ in nats for each image."""
        return -bernoulli_nll(self.logits(z), x)

    def forward(self, x: Float[Tensor, "b p"]) -> Float[Tensor, "b p"]:
        """The reconstruction from the mean of the posterior, without noise."""
        return self.decode(self.encode(x)[0])

    def terms(self, x: Float[Tensor, "b p"]) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"]]:
        """Reconstruction and KL in nats for each image, with one draw of z. The ELBO is minus their sum."""
        mean, log_variance = self.encode(x)
        z = reparameterize(mean, log_variance, torch.randn_like(mean))
        return -self.log_likelihood(x, z), gaussian_kl(mean, log_variance)

    def loss(self, x: Float[Tensor, "b p"]) -> Float[Tensor, ""]:
        """The negative ELBO in nats per image, the mean over the batch."""
        reconstruction, kl = self.terms(x)
        return (reconstruction + kl).mean()

    def generate(self, count: int) -> Float[Tensor, "count p"]:
        """New images: draws from the prior, decoded."""
        return self.decode(torch.randn(count, self.latent, **like(self.decoder)))
