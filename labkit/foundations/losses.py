"""Losses from logits that neither overflow nor lose their gradient.

Axes: b batch, c classes.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from labkit.nn.kinds import as_index, reaches_beyond


def mean_squared_error(predicted: Float[Tensor, "*b"], target: Float[Tensor, "*b"]) -> Float[Tensor, ""]:
    r"""$\frac{1}{n} \sum (\hat y - y)^2$: the negative log-likelihood of a Gaussian, up to a constant.

    Raises ValueError unless both have one shape: (b,) and (b, 1) would broadcast to a (b, b) table of wrong pairs.
    Bishop 2006, section 1.2.5, https://www.microsoft.com/en-us/research/publication/pattern-recognition-machine-learning/
    """
    _same_shape(predicted, target)
    return (predicted - target).square().mean()


def softmax_cross_entropy(
    logits: Float[Tensor, "b c"], target: Int[Tensor, " b"]
) -> tuple[Float[Tensor, ""], Float[Tensor, "b c"]]:
    r"""The mean cross-entropy and its gradient, for logits of any finite size.

    $$\mathcal{L} = \frac{1}{b} \sum_n \Big( \log \sum_j e^{z_{nj} - m_n} - (z_{n y_n} - m_n) \Big), \quad
    m_n = \max_j z_{nj}, \qquad \frac{\partial \mathcal{L}}{\partial z} = \frac{1}{b} (p - \mathrm{onehot}(y))$$

    With the largest logit taken off, every exponential is at most 1 and one of them is 1. Raises as `cross_entropy`.
    Bridle 1990, https://doi.org/10.1007/978-3-642-76153-9_28
    """
    target, log_p = _classes(logits, target), log_softmax(logits)
    rows = torch.arange(len(logits), device=logits.device)
    gradient = log_p.exp()
    gradient[rows, target] -= 1
    return -log_p[rows, target].mean(), gradient / len(logits)


def log_softmax(logits: Float[Tensor, "*b c"]) -> Float[Tensor, "*b c"]:
    r"""$\log p_j = z_j - m - \log \sum_k e^{z_k - m}$ with $m = \max_k z_k$: the logarithm of the softmax.

    Bridle 1990, https://doi.org/10.1007/978-3-642-76153-9_28
    """
    shifted = logits - logits.amax(dim=-1, keepdim=True)
    return shifted - shifted.exp().sum(dim=-1, keepdim=True).log()


def cross_entropy(logits: Float[Tensor, "b c"], target: Int[Tensor, " b"] | Float[Tensor, "b c"]) -> Float[Tensor, ""]:
    r"""$-\frac{1}{b} \sum_n \sum_j y_{nj} \log p_{nj}$ with $p = \mathrm{softmax}(z)$: surprise, in nats.

    $$-\sum_j y_j \log p_j = \log \sum_j e^{z_j} - \sum_j y_j z_j \quad \text{where} \quad \sum_j y_j = 1$$

    `target` holds the number of each row's class, or a probability for each class (as mixup makes them). Raises
    ValueError for shapes that do not fit, and IndexError for a class that does not exist.
    Bridle 1990, https://doi.org/10.1007/978-3-642-76153-9_28
    """
    if target.is_floating_point():
        _rows_of(logits)
        _same_shape(logits, target)
        return torch.where(target == 0, 0.0, target * logits.log_softmax(dim=1)).sum() / -len(logits)
    target = _classes(logits, target)  # torch itself would pass over targets of -100 in silence
    return F.nll_loss(logits.log_softmax(dim=1), target)  # torch's kernels for what `softmax_cross_entropy` writes out


def binary_cross_entropy(logits: Float[Tensor, "*b"], target: Float[Tensor, "*b"]) -> Float[Tensor, ""]:
    r"""Surprise, in nats, where each logit says yes or no by itself: $-y \log \sigma(z) - (1 - y) \log(1 - \sigma(z))$.

    $$\mathcal{L} = \frac{1}{n} \sum \log(e^0 + e^z) - z y, \qquad
    \log(e^0 + e^z) = \max(z, 0) + \log(1 + e^{-|z|})$$

    On the right no exponent is positive, so nothing overflows; and no logarithm is taken of a probability that has
    been rounded to 0. Raises ValueError unless both have one shape.
    Cox 1958, https://doi.org/10.1111/j.2517-6161.1958.tb00292.x
    """
    _same_shape(logits, target)
    return (torch.logaddexp(logits, torch.zeros_like(logits)) - logits * target).mean()


def _rows_of(logits: Tensor) -> None:
    if logits.ndim != 2 or not len(logits):
        raise ValueError(f"expected logits (batch, classes) with at least one row, got {tuple(logits.shape)}")


def _classes(logits: Tensor, target: Tensor) -> Int[Tensor, " b"]:
    """The targets as int64. Raises ValueError unless there is one for each row, IndexError for one of no class."""
    _rows_of(logits)
    if target.shape != logits.shape[:1]:
        raise ValueError(f"expected one class for each of {len(logits)} rows, got a target of {tuple(target.shape)}")
    target = as_index(target, "targets")
    if reaches_beyond(target, logits.shape[1]):
        came = f"{int(target.min())} to {int(target.max())}"
        known = f"there are {logits.shape[1]} classes, so targets run from 0 to {logits.shape[1] - 1}"
        raise IndexError(f"{known}, and not from {came}")
    return target


def _same_shape(predicted: Tensor, target: Tensor) -> None:
    if predicted.shape != target.shape:
        shapes = f"{tuple(predicted.shape)} and {tuple(target.shape)}"
        raise ValueError(f"prediction and target must have one shape, but have {shapes}: reshape one of them")
    if not predicted.numel():
        raise ValueError("the mean over no elements is not a number: pass at least one")
