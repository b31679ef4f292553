"""Maximum mean discrepancy: how far two samples are from coming from one distribution.

Axes: n points of the one sample, m points of the other, z dimensions.
"""

from collections.abc import Callable
from functools import partial

from jaxtyping import Float
from torch import Tensor

Kernel = Callable[[Tensor, Tensor], Tensor]


def squared_distances(x: Float[Tensor, "n z"], y: Float[Tensor, "m z"]) -> Float[Tensor, "n m"]:
    """Of every point of the one to every point of the other."""
    inner = x @ y.T
    return (x.square().sum(dim=1)[:, None] + y.square().sum(dim=1) - 2 * inner).clamp(min=0)  # rounding may go below 0


def gaussian(x: Float[Tensor, "n z"], y: Float[Tensor, "m z"], width: float = 1.0) -> Float[Tensor, "n m"]:
    r"""$k(x, y) = \exp\left(-\|x - y\|^2 / 2 w^2\right)$: blind to what is much farther apart than the width $w$."""
    return (squared_distances(x, y) / (-2 * width**2)).exp()


def inverse_multiquadratic(x: Float[Tensor, "n z"], y: Float[Tensor, "m z"], scale: float) -> Float[Tensor, "n m"]:
    r"""$k(x, y) = C / (C + \|x - y\|^2)$: heavy tails, so that far outliers are still felt.

    Tolstikhin et al. 2018, section 4, take $C = 2 d$ for a standard normal in $d$ dimensions: the mean squared
    distance of two of its draws. https://arxiv.org/abs/1711.01558
    """
    return scale / (scale + squared_distances(x, y))


def squared_mmd(
    x: Float[Tensor, "n z"], y: Float[Tensor, "m z"], kernel: Kernel, biased: bool = False
) -> Float[Tensor, ""]:
    r"""$\mathrm{MMD}^2 = E\,k(x, x') + E\,k(y, y') - 2 E\,k(x, y)$: 0 if both come from one distribution.

    Unbiased: a point is never paired with itself, so the estimate has the right mean, and may be negative. Biased: it
    is, which adds $(1 - E\,k(x, x'))/n$ and the like for $y$, and can never be negative. Gretton et al. 2012,
    https://jmlr.org/papers/v13/gretton12a.html. Raises ValueError for points of different dimension, or too few.
    """
    least = 1 if biased else 2
    if min(len(x), len(y)) < least or x.shape[1] != y.shape[1]:
        raise ValueError(
            f"two samples of at least {least} points and of one dimension are compared, not {tuple(x.shape)} "
            f"and {tuple(y.shape)}"
        )
    return _within(kernel(x, x), biased) + _within(kernel(y, y), biased) - 2 * kernel(x, y).mean()


def _within(gram: Float[Tensor, "n n"], biased: bool) -> Float[Tensor, ""]:
    n = len(gram)
    return gram.mean() if biased else (gram.sum() - gram.trace()) / (n * (n - 1))


def mmd(x: Float[Tensor, "n z"], y: Float[Tensor, "m z"], scale: float) -> Float[Tensor, ""]:
    """The unbiased estimate of the squared MMD with the inverse multiquadratic kernel: the penalty of a WAE."""
    return squared_mmd(x, y, partial(inverse_multiquadratic, scale=scale))
