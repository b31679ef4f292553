"""Batch normalization and layer normalization, with their gradients written out.

Axes: b batch, f features.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


class _Normalize(torch.autograd.Function):
    r"""$y = w \hat x + b$ with $\hat x = (x - \mu) r$, $r = 1 / \sqrt{\sigma^2 + \epsilon}$, over one axis of a matrix.

    The mean and the deviation depend on every x along the axis, so the gradient has three parts:
    $\partial x = r \, (g - \overline{g} - \hat x \, \overline{g \hat x})$ with $g = w \, \partial y$.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float, axis: int) -> tuple[Tensor, ...]:
        variance, mean = torch.var_mean(x, dim=axis, correction=0, keepdim=True)
        scale = (variance + eps).rsqrt()
        normal = (x - mean).mul_(scale)
        ctx.save_for_backward(normal, scale, weight)
        ctx.axis = axis
        mean, variance = mean.squeeze(axis), variance.squeeze(axis)
        ctx.mark_non_differentiable(mean, variance)
        return torch.addcmul(bias, normal, weight), mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        normal, scale, weight = ctx.saved_tensors
        of_normal = gradient * normal
        of_weight, of_bias = of_normal.sum(dim=0), gradient.sum(dim=0)
        if ctx.axis == 0:  # the weight is the same along the axis, so the sums are already there
            size = len(normal)
            of_x = torch.addcmul(gradient - of_bias / size, normal, of_weight, value=-1 / size).mul_(weight * scale)
        else:
            g = gradient * weight
            along = (of_normal * weight).mean(dim=1, keepdim=True)
            of_x = torch.addcmul(g - g.mean(dim=1, keepdim=True), normal, along, value=-1).mul_(scale)
        return of_x, of_weight, of_bias, None, None


def batch_norm(
    x: Float[Tensor, "b f"],
    weight: Float[Tensor, " f"],
    bias: Float[Tensor, " f"],
    running_mean: Float[Tensor, " f"],
    running_variance: Float[Tensor, " f"],
    training: bool,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Float[Tensor, "b f"], Float[Tensor, " f"], Float[Tensor, " f"]]:
    r"""Give every feature mean 0 and variance 1 over the batch, then a scale and a shift that are learned.

    $$y = w \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b, \qquad
    \mathrm{running} \leftarrow (1 - m) \, \mathrm{running} + m \, \mathrm{batch}$$

    In training $\mu, \sigma^2$ are the batch's; otherwise the running ones, so that a prediction does not depend on
    its neighbors. Returns y and the new running mean and variance (the unbiased one, divided by $b - 1$); changes
    nothing in place. Raises ValueError for a training batch of one row, which has no variance.
    Ioffe and Szegedy 2015, algorithms 1 and 2, https://arxiv.org/abs/1502.03167
    """
    _check_batch(x, len(weight), training)
    if not training:
        scale = weight * (running_variance + eps).rsqrt()
        return torch.addcmul(bias - running_mean * scale, x, scale), running_mean, running_variance
    y, mean, variance = _Normalize.apply(x, weight, bias, eps, 0)
    unbiased = variance * (len(x) / (len(x) - 1))
    return y, running_mean.lerp(mean, momentum), running_variance.lerp(unbiased, momentum)


def layer_norm(
    x: Float[Tensor, "*b f"], weight: Float[Tensor, " f"], bias: Float[Tensor, " f"], eps: float = 1e-5
) -> Float[Tensor, "*b f"]:
    r"""Give every row mean 0 and variance 1 over its features: $y = w \, (x - \mu) / \sqrt{\sigma^2 + \epsilon} + b$.

    No row depends on another, so training and prediction are the same. Raises ValueError for another width.
    Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450
    """
    _check_row(x, len(weight))
    return _Normalize.apply(x.reshape(-1, len(weight)), weight, bias, eps, 1)[0].view(x.shape)


class BatchNorm(nn.Module):
    """`batch_norm` as a layer: after `.train()` the batch's statistics, after `.eval()` the running ones.

    It calls torch's fused kernel, which computes the same several times faster.
    Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167
    """

    def __init__(self, features: int, momentum: float = 0.1, eps: float = 1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight, self.bias = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_variance", torch.ones(features))

    def forward(self, x: Float[Tensor, "b f"]) -> Float[Tensor, "b f"]:
        _check_batch(x, len(self.weight), self.training)
        statistics = (self.running_mean, self.running_variance)
        return F.batch_norm(x, *statistics, self.weight, self.bias, self.training, self.momentum, self.eps)


class LayerNorm(nn.Module):
    """`layer_norm` as a layer, by torch's fused kernel.

    Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450
    """

    def __init__(self, features: int, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.weight, self.bias = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))

    def forward(self, x: Float[Tensor, "*b f"]) -> Float[Tensor, "*b f"]:
        _check_row(x, len(self.weight))
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


def _check_batch(x: Tensor, features: int, training: bool) -> None:
    if x.ndim != 2 or x.shape[1] != features:
        raise ValueError(f"expected x of shape (batch, {features}), got {tuple(x.shape)}")
    if training and len(x) < 2:
        raise ValueError("a batch of one row has no variance: train on at least two rows, or call .eval()")


def _check_row(x: Tensor, features: int) -> None:
    if x.shape[-1] != features:
        raise ValueError(f"expected x of shape (..., {features}), got {tuple(x.shape)}")
