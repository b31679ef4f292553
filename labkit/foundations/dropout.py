"""Dropout: a different thinned network at every step.

Axes: any.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def dropout(
    x: Float[Tensor, "*b"], rate: float = 0.5, training: bool = True, uniform: Float[Tensor, "*b"] | None = None
) -> Float[Tensor, "*b"]:
    r"""Set each number to zero with probability `rate`, and divide the rest by $1 - \mathrm{rate}$.

    $$y = \frac{x \odot [u \ge \mathrm{rate}]}{1 - \mathrm{rate}}, \qquad \mathbb{E}[y] = x, \qquad
    \mathrm{Var}[y] = x^2 \, \frac{\mathrm{rate}}{1 - \mathrm{rate}}$$

    `uniform` are the random numbers $u$ between 0 and 1, of the shape of x; they are drawn where none are given.
    Without `training` nothing happens: the division has already kept the mean (*inverted* dropout). Raises ValueError
    for a rate outside of 0 to 1. Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
    """
    _check_rate(rate)
    if not training or rate == 0:
        return x
    if rate == 1:
        return x * 0.0
    if uniform is None:
        kept = torch.empty_like(x).bernoulli_(1 - rate)
    elif uniform.shape != x.shape:
        raise ValueError(f"one random number for each of x {tuple(x.shape)}, not {tuple(uniform.shape)}")
    else:
        kept = (uniform >= rate).to(x.dtype)
    return x * kept.div_(1 - rate)


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
