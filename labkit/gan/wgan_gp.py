"""The Wasserstein GAN with gradient penalty: the critic's slope is asked to be 1, where it matters.

Axes: b batch, sample the shape of one sample, such as d or c h w, hidden units.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labkit.gan.dcgan import SIDE, Discriminator
from labkit.gan.gan import GAN
from labkit.gan.wgan import WASSERSTEIN


def scores_of(
    critic: nn.Module | Float[Tensor, "hidden weights"], points: Float[Tensor, " b *sample"]
) -> Float[Tensor, " b"]:
    r"""The critic's score of each point.

    A critic is a module, or a table: one row (w, c, v) for each unit of $f(x) = \sum_j v_j \tanh(w_j \cdot x + c_j)$,
    so that a whole critic can be written down.
    """
    if isinstance(critic, nn.Module):
        return critic(points)
    flat = points.flatten(start_dim=1)  # b d
    if critic.shape[1] != flat.shape[1] + 2:
        raise ValueError(
            f"for {flat.shape[1]} coordinates a row has {flat.shape[1] + 2} numbers (w, c, v), not {critic.shape[1]}"
        )
    return (flat @ critic[:, :-2].T + critic[:, -2]).tanh() @ critic[:, -1]


def gradient_penalty(
    critic: nn.Module | Float[Tensor, "hidden weights"],
    real: Float[Tensor, " b *sample"],
    fake: Float[Tensor, " n *other"],
    mix: Float[Tensor, " b"],
) -> Float[Tensor, ""]:
    r"""How far the critic's slope is from 1 on the lines between real and fake samples.

    $$E\big[(\|\nabla_{\hat x} f(\hat x)\|_2 - 1)^2\big], \qquad \hat x = \epsilon x + (1 - \epsilon) \tilde x$$

    `mix` holds $\epsilon$, uniform in [0, 1], one for each pair: at 1 the point is the real one. A sample's slope is
    the norm of its gradient over all its coordinates. The result can be differentiated for the critic's weights; the
    points themselves are constants. A score must depend on its own sample only, so the critic has no batch norm.
    Gulrajani et al. 2017, eq. 3 and algorithm 1, https://arxiv.org/abs/1704.00028
    """
    if real.shape != fake.shape:
        raise ValueError(f"real {tuple(real.shape)} and fake {tuple(fake.shape)} are paired: pass as many of each")
    if mix.shape != real.shape[:1]:
        raise ValueError(f"expected one mixing share for each of {len(real)} pairs, got {tuple(mix.shape)}")
    with torch.enable_grad():  # the slope is a gradient, wanted even where none is recorded
        mix = mix.to(real).reshape(-1, *[1] * (real.ndim - 1))  # b 1 ... 1
        points = torch.lerp(fake, real, mix).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(scores_of(critic, points).sum(), points, create_graph=True)
    slope = torch.linalg.vector_norm(gradient.flatten(start_dim=1), dim=1)  # b
    return (slope - 1).square().mean()


class WGANGP(GAN):
    r"""A GAN whose critic is penalized for slopes other than 1: $\mathrm{critic\ loss} + \lambda\, \mathrm{penalty}$.

    The best critic has slope 1 almost everywhere on the paths of the optimal transport, so its estimate comes near
    the Wasserstein-1 distance itself. The paper takes penalty 10, five critic steps a turn, and Adam with
    $\beta = (0, 0.9)$. Gulrajani et al. 2017, algorithm 1, https://arxiv.org/abs/1704.00028, on the Wasserstein GAN of
    Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module, latent: int, penalty: float = 10.0):
        super().__init__(generator, discriminator, latent, WASSERSTEIN)
        if any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in discriminator.modules()):
            raise ValueError(
                "batch norm mixes the samples of a batch, and a slope is of one sample: use none, or LayerNorm"
            )
        self.penalty = penalty

    def discriminator_loss(self, batch: Tensor, fake: Tensor) -> Float[Tensor, ""]:
        """The critic's loss with its penalty."""
        mix = torch.rand(len(batch), dtype=batch.dtype, device=batch.device)
        penalty = gradient_penalty(self.discriminator, batch, fake, mix)
        return super().discriminator_loss(batch, fake) + self.penalty * penalty


class ImageCritic(Discriminator):
    """DCGAN's discriminator as a critic: without batch norm, and with PyTorch's own first weights.

    Weights from N(0, 0.02) would leave it nearly flat without a norm behind them. Expects pixels in [-1, 1].
    Gulrajani et al. 2017, section 4, https://arxiv.org/abs/1704.00028
    """

    def __init__(self, width: int = 64, channels: int = 1):
        super().__init__(width, channels)
        self.shrink = nn.Sequential(
            nn.Conv2d(channels, width // 2, 4, stride=2, padding=1),  # 14 x 14
            nn.LeakyReLU(0.2),
            nn.Conv2d(width // 2, width, 4, stride=2, padding=1),  # 7 x 7
            nn.LeakyReLU(0.2),
        )
        self.score = nn.Linear(width * SIDE**2, 1)
