"""Losses from logits that neither overflow nor lose their gradient, each with its gradient written out.

Axes: b batch, c classes.
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor


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

    With the largest logit taken off, every exponential is at most 1 and one of them is 1.
    Bridle 1990, https://doi.org/10.1007/978-3-642-76153-9_28
    """
    log_p = log_softmax(logits)
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


class _CrossEntropy(torch.autograd.Function):
    """Keeps the logits; the gradient is the softmax minus the target."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, target: Tensor) -> Tensor:
        log_p = log_softmax(logits)
        ctx.save_for_backward(logits, target)
        if target.ndim == 1:
            return log_p.gather(1, target[:, None]).mean().neg()
        return torch.where(target == 0, 0.0, target * log_p).sum().div(-len(logits))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        logits, target = ctx.saved_tensors
        scale = gradient / len(logits)
        if target.ndim == 1:
            at_target = scale.neg().expand(len(logits), 1)
            return (log_softmax(logits).exp() * scale).scatter_add(1, target[:, None], at_target), None
        return (log_softmax(logits).exp() * target.sum(dim=1, keepdim=True) - target) * scale, None


def cross_entropy(logits: Float[Tensor, "b c"], target: Int[Tensor, " b"] | Float[Tensor, "b c"]) -> Float[Tensor, ""]:
    r"""$-\frac{1}{b} \sum_n \sum_j y_{nj} \log p_{nj}$ with $p = \mathrm{softmax}(z)$: surprise, in nats.

    `target` holds the number of each row's class, or a probability for each class (as mixup makes them). Raises
    ValueError for shapes that do not fit, and IndexError for a class that does not exist.
    Bridle 1990, https://doi.org/10.1007/978-3-642-76153-9_28
    """
    if logits.ndim != 2 or not len(logits):
        raise ValueError(f"expected logits (batch, classes) with at least one row, got {tuple(logits.shape)}")
    if target.is_floating_point():
        _same_shape(logits, target)
    elif target.shape != logits.shape[:1]:
        raise ValueError(f"expected one class for each of {len(logits)} rows, got a target of {tuple(target.shape)}")
    elif not target.is_cuda and not 0 <= int(target.min()) <= int(target.max()) < logits.shape[1]:
        came = f"{int(target.min())} to {int(target.max())}"
        raise IndexError(f"there are {logits.shape[1]} classes, so targets run from 0 to {logits.shape[1] - 1}: {came}")
    return _CrossEntropy.apply(logits, target)


class _BinaryCrossEntropy(torch.autograd.Function):
    """Keeps the logits; the gradient is the sigmoid minus the target."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, target: Tensor) -> Tensor:
        ctx.save_for_backward(logits, target)
        return (logits.clamp(min=0) - logits * target + logits.abs().neg().exp().log1p()).mean()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        logits, target = ctx.saved_tensors
        return (logits.sigmoid() - target) * (gradient / logits.numel()), None


def binary_cross_entropy(logits: Float[Tensor, "*b"], target: Float[Tensor, "*b"]) -> Float[Tensor, ""]:
    r"""Surprise, in nats, where each logit says yes or no by itself: $-y \log \sigma(z) - (1 - y) \log(1 - \sigma(z))$.

    $$\mathcal{L} = \frac{1}{n} \sum \max(z, 0) - z y + \log(1 + e^{-|z|})$$

    The exponent is never positive, so nothing overflows; and no logarithm is taken of a probability that has been
    rounded to 0. Raises ValueError unless both have one shape.
    Cox 1958, https://doi.org/10.1111/j.2517-6161.1958.tb00292.x
    """
    _same_shape(logits, target)
    return _BinaryCrossEntropy.apply(logits, target)


def _same_shape(predicted: Tensor, target: Tensor) -> None:
    if predicted.shape != target.shape:
        shapes = f"{tuple(predicted.shape)} and {tuple(target.shape)}"
        raise ValueError(f"prediction and target must have one shape, but have {shapes}: reshape one of them")
    if not predicted.numel():
        raise ValueError("the mean over no elements is not a number: pass at least one")
