"""The beta-VAE: a dial between a faithful copy and a tidy latent space.

Axes: b batch, p pixels.
"""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

from labkit.autoencoders.vae import VAE


class BetaVAE(VAE):
    r"""A VAE that minimizes $-E_{q}[\log p(x \mid z)] + \beta \, KL(q(z \mid x) \,\|\, p(z))$.

    $\beta = 1$ is the VAE; 0 is an autoencoder with free noise; above 1 it keeps what pays most, in dimensions that
    stand for one thing each, if all goes well. Set `beta` at any time, for instance to warm up.
    Higgins et al. 2017, https://openreview.net/forum?id=Sy2fzU9gl. Raises ValueError if `beta` is negative.
    """

    def __init__(self, beta: float, pixels: int = 784, hidden: int = 128, latent: int = 10):
        super().__init__(pixels, hidden, latent)
        if beta < 0:
            raise ValueError(f"beta weighs the KL and is not negative, but came as {beta}")
        self.beta = beta

    def loss(self, x: Float[Tensor, "b p"]) -> Float[Tensor, ""]:
        """Nats per image, the KL weighted; the mean over the batch."""
        reconstruction, kl = self.terms(x)
        return (reconstruction + self.beta * kl).mean()


def warm_up(steps: int, beta: float = 1.0) -> Callable[[int], float]:
    """A weight that rises in a straight line from 0 at step 0 to `beta` at `steps`, and stays there.

    So the decoder learns to use the latent before it has to pay for it. Bowman et al. 2016,
    https://arxiv.org/abs/1511.06349. Raises ValueError for fewer steps than one.
    """
    if steps < 1:
        raise ValueError(f"a warm-up takes at least one step, not {steps}")
    return lambda step: beta * min(1.0, step / steps)
