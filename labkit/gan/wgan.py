"""The Wasserstein GAN: its critic estimates a distance, and clipped weights bound its slope.

Axes: b batch, r real scores, f scores of fakes.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labkit.gan.gan import GAN
from labkit.gan.losses import Losses, check_scores


def critic_loss(real: Float[Tensor, " r"], fake: Float[Tensor, " f"]) -> Float[Tensor, ""]:
    r"""$E_z[f(G(z))] - E_x[f(x)]$: minus what the critic takes the distance to be.

    Arjovsky et al. 2017, section 3, https://arxiv.org/abs/1701.07875
    """
    check_scores(real, fake)
    return fake.mean() - real.mean()


def critic_generator_loss(fake: Float[Tensor, " f"]) -> Float[Tensor, ""]:
    r"""$-E_z[f(G(z))]$: the generator moves its samples uphill on the critic's landscape."""
    check_scores(fake)
    return -fake.mean()


WASSERSTEIN = Losses(critic_loss, critic_generator_loss)


def distance_estimate(
    critic: nn.Module, real: Float[Tensor, " r *sample"], fake: Float[Tensor, " f *sample"]
) -> Float[Tensor, ""]:
    r"""$E_x[f(x)] - E_z[f(G(z))]$: if f has slope 1 at most, a lower bound of the Wasserstein-1 distance.

    The best such f attains it (Kantorovich and Rubinstein). Arjovsky et al. 2017, eq. 2,
    https://arxiv.org/abs/1701.07875
    """
    return -critic_loss(critic(real), critic(fake))


class WGAN(GAN):
    r"""A GAN whose critic approaches a multiple of the Wasserstein-1 distance, its weights clipped to [-clip, clip].

    $$\min_G \max_{|w| \le c} E_x[f_w(x)] - E_z[f_w(G(z))]$$

    Bounded weights bound the critic's slope, at a value that nobody chose: the estimate has a scale of its own. The
    paper takes five critic steps a turn and RMSProp. The critic gives one score a sample, (b,), without a sigmoid.
    Arjovsky et al. 2017, algorithm 1, https://arxiv.org/abs/1701.07875. Raises ValueError unless clip is positive.
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module, latent: int, clip: float = 0.01):
        super().__init__(generator, discriminator, latent, WASSERSTEIN)
        if clip <= 0:
            raise ValueError(f"weights are clipped to [-clip, clip], so clip must be greater than 0, not {clip}")
        self.clip = clip

    @torch.no_grad()
    def constrain(self) -> None:
        """Clip every weight of the critic."""
        for weight in self.discriminator.parameters():
            weight.clamp_(-self.clip, self.clip)
