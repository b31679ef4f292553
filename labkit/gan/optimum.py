"""The discriminator that cannot be beaten, where both densities are known, and what the game is worth against it.

Axes: n places, a point each or a cell of a grid.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def optimal_logits(log_p: Float[Tensor, "*n"], log_q: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    r"""The logit of $D^*(x) = \frac{p(x)}{p(x) + q(x)}$, p the density of the data and q that of the generator.

    As a logit it is the log ratio, $\log p(x) - \log q(x)$. Goodfellow et al. 2014, proposition 1,
    https://arxiv.org/abs/1406.2661
    """
    return log_p - log_q


def jensen_shannon(p: Float[Tensor, " n"], q: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    r"""$JSD(p \| q) = \frac12 KL(p \| m) + \frac12 KL(q \| m)$ with $m = (p + q) / 2$, in nats: 0 to log 2.

    `p` and `q` are probabilities of the same n cells; each sums to 1. Raises ValueError if one does not.
    """
    middle = (_probabilities(p, "p") + _probabilities(q, "q")) / 2
    # xlogy: a cell that has no probability adds nothing, not NaN
    return 0.5 * sum((torch.xlogy(part, part) - torch.xlogy(part, middle)).sum() for part in (p, q))


def game_value(p: Float[Tensor, " n"], q: Float[Tensor, " n"], logits: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    r"""$V(D, G) = E_p[\log D] + E_q[\log(1 - D)]$, exact sums over the n cells in place of means over samples.

    At the optimal logits this is $2\,JSD(p \| q) - \log 4$. Goodfellow et al. 2014, eq. 1 and theorem 1,
    https://arxiv.org/abs/1406.2661
    """
    p, q = _probabilities(p, "p"), _probabilities(q, "q")
    return -(p * F.softplus(-logits)).sum() - (q * F.softplus(logits)).sum()


def value_at_optimum(p: Float[Tensor, " n"], q: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    r"""The value against the best discriminator, in closed form: $2\,JSD(p \| q) - \log 4$."""
    return 2 * jensen_shannon(p, q) - math.log(4)


def _probabilities(values: Tensor, name: str) -> Tensor:
    total = values.sum().item()
    if (values < 0).any() or abs(total - 1) > 1e-4:
        raise ValueError(
            f"{name} should be probabilities that sum to 1, not to {total:.4g}: divide a density by its sum"
        )
    return values
