"""Dropout: every training step uses a different, thinner network.

Axes: any.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def drop(
    x: Float[Tensor, "*b"], uniform: Float[Tensor, "*b"], rate: float, training: bool
) -> tuple[Float[Tensor, "*b"], Float[Tensor, "*b"]]:
    r"""Multiply each number by 0 with probability `rate`, else by $1 / (1 - \mathrm{rate})$; also returns the factors.

    $$y = f \odot x, \qquad f = \frac{[u \ge \mathrm{rate}]}{1 - \mathrm{rate}}, \qquad \mathbb{E}[y] = x, \qquad
    \mathrm{Var}[y] = x^2 \, \frac{\mathrm{rate}}{1 - \mathrm{rate}}$$

    `uniform` are the random numbers $u$ between 0 and 1. Without `training` every factor is 1: the division has
    already kept the mean (*inverted* dropout). Raises ValueError for a rate outside of 0 to 1, and for shapes that
    differ. Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
    """
    _check_rate(rate)
    if uniform.shape != x.shape:
        raise ValueError(f"one random number for each of x {tuple(x.shape)}, not {tuple(uniform.shape)}")
    if not training:
        return x, torch.ones_like(x)
    factors = (uniform >= rate).to(x.dtype) / (1 - rate) if rate < 1 else torch.zeros_like(x)
    return x * factors, factors


def dropout(x: Float[Tensor, "*b"], rate: float = 0.5, training: bool = True) -> Float[Tensor, "*b"]:
    """`drop` with random numbers of its own.

    Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
    """
    _check_rate(rate)
    if not training or rate == 0:
        return x
    return x * torch.empty_like(x).bernoulli_(1 - rate).div_(1 - rate) if rate < 1 else x * 0.0


class Dropout(nn.Module):
    """`dropout` as a layer, which does nothing after `model.eval()`.

    Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
    """

    def __init__(self, rate: float = 0.5):
        super().__init__()
        _check_rate(rate)
        self.rate = rate

    def forward(self, x: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        return dropout(x, self.rate, self.training)

    def extra_repr(self) -> str:
        """What stands in brackets when the layer is printed."""
        return f"rate={self.rate}"


def _check_rate(rate: float) -> None:
    if not 0 <= rate <= 1:
        raise ValueError(f"the rate is the share that is dropped, from 0 to 1, and not {rate}")
