"""What the two players of a GAN minimize, from logits: the game of the paper, and the way out of its flat region.

Axes: r real scores, f scores of fakes. A score is the logit of "this is real": D(x) = sigmoid(score).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def discriminator_loss(real: Float[Tensor, " r"], fake: Float[Tensor, " f"]) -> Float[Tensor, ""]:
    r"""Two-class cross-entropy, real against fake: $-E_x[\log D(x)] - E_z[\log(1 - D(G(z)))]$.

    From logits, since $-\log \sigma(s) = \mathrm{softplus}(-s)$ overflows nowhere. It is minus the value of the game,
    2 log 2 where D cannot tell. Goodfellow et al. 2014, eq. 1, https://arxiv.org/abs/1406.2661
    """
    check_scores(real, fake)
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_losses(fake: Float[Tensor, " f"]) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    r"""What the generator can minimize: the minimax loss or the non-saturating one, in this order.

    $$E_z[\log(1 - D(G(z)))], \qquad -E_z[\log D(G(z))]$$

    Both fall as D is fooled. Where D is sure of a fake, the first has slope $\sigma(s) \to 0$ in the score, the second
    $1 - \sigma(s) \to 1$. Goodfellow et al. 2014, section 3, https://arxiv.org/abs/1406.2661
    """
    return minimax_loss(fake), non_saturating_loss(fake)


def minimax_loss(fake: Float[Tensor, " f"]) -> Float[Tensor, ""]:
    r"""$E[\log(1 - D(G(z)))]$: the generator minimizes the value that the discriminator maximizes."""
    check_scores(fake)
    return -F.softplus(fake).mean()


def non_saturating_loss(fake: Float[Tensor, " f"]) -> Float[Tensor, ""]:
    r"""$-E[\log D(G(z))]$: the generator makes its fakes likely to pass, and learns most where they do not."""
    check_scores(fake)
    return F.softplus(-fake).mean()


def check_scores(*scores: Tensor) -> None:
    """Raise ValueError unless scores are (b,), with at least one: the mean over none is not a number."""
    for score in scores:
        if score.ndim != 1 or not len(score):
            raise ValueError(f"scores have shape (b,), one for each sample and at least one, not {tuple(score.shape)}")


@dataclass(frozen=True)
class Losses:
    """What each player minimizes: the discriminator from scores of real and fake, the generator from those of fakes."""

    discriminator: Callable[[Float[Tensor, " r"], Float[Tensor, " f"]], Float[Tensor, ""]]
    generator: Callable[[Float[Tensor, " f"]], Float[Tensor, ""]]


MINIMAX = Losses(discriminator_loss, minimax_loss)
NON_SATURATING = Losses(discriminator_loss, non_saturating_loss)
