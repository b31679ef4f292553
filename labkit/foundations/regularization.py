"""Penalties on the size of weights, and what they do where it can be computed exactly.

Axes: n examples, f features.
"""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn


def l1_l2_penalty(weights: Iterable[Float[Tensor, "..."]], l1: float = 0.0, l2: float = 0.0) -> Float[Tensor, ""]:
    r"""$\lambda_1 \sum |w| + \frac{\lambda_2}{2} \sum w^2$, to be added to the loss.

    The gradient of the first part has the same size for every weight, that of the second is the weight itself, times
    $\lambda$: one pulls small weights to zero, the other large ones to smaller. Raises ValueError for negative
    strengths and for no weights. Tibshirani 1996, https://doi.org/10.1111/j.2517-6161.1996.tb02080.x; Krogh and Hertz
    1991, https://papers.nips.cc/paper/1991/hash/8eefcfdf5990e441f0fb6f3fad709e21-Abstract.html
    """
    _check(l1, l2)
    weights = list(weights)
    if not weights:
        raise ValueError("there are no weights to penalize: pass weight_matrices(model)")
    total = weights[0].new_zeros(())
    for weight in weights:
        if l1:
            total = total + l1 * weight.abs().sum()
        if l2:
            total = total + l2 / 2 * weight.square().sum()
    return total


def weight_matrices(model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters with two axes or more: biases, and the scales of norms, are not penalized."""
    return [parameter for parameter in model.parameters() if parameter.ndim > 1]


def soft_threshold(w: Float[Tensor, "*w"], amount: float) -> Float[Tensor, "*w"]:
    r"""$\mathrm{sign}(w) \max(|w| - a, 0)$: the minimum over v of $\frac{1}{2} (v - w)^2 + a |v|$.

    What is smaller than `amount` becomes exactly zero, which a gradient step on $|w|$ never does.
    Donoho 1995, https://doi.org/10.1109/18.382009
    """
    _check(amount)
    return w.sign() * (w.abs() - amount).clamp(min=0)


@torch.no_grad()
def shrink_(weights: Iterable[Float[Tensor, "..."]], l1: float = 0.0, l2: float = 0.0, lr: float = 1.0) -> None:
    r"""Apply the penalty after an optimizer's step, to the weights themselves: soft threshold, and decoupled decay.

    $$w \leftarrow (1 - \eta \lambda_2) \, \mathrm{soft}(w, \eta \lambda_1)$$

    Parikh and Boyd 2014, section 6.5.2, https://doi.org/10.1561/2400000003; Loshchilov and Hutter 2019,
    https://arxiv.org/abs/1711.05101
    """
    _check(l1, l2)
    for weight in weights:
        if l1:
            weight.copy_(soft_threshold(weight, lr * l1))
        if l2:
            weight.mul_(1 - lr * l2)


def ridge(x: Float[Tensor, "n f"], y: Float[Tensor, " n"], l2: float) -> Float[Tensor, " f"]:
    r"""Least squares with an L2 penalty, solved exactly: $w = (X^\top X + n \lambda I)^{-1} X^\top y$.

    That is the minimum of $\frac{1}{2n} \lVert X w - y \rVert^2 + \frac{\lambda}{2} \lVert w \rVert^2$.
    Hoerl and Kennard 1970, https://doi.org/10.1080/00401706.1970.10488634
    """
    _check(l2)
    _one_target_for_each(x, y)
    gram = x.T @ x + len(x) * l2 * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    return torch.linalg.solve(gram, x.T @ y)


def lasso(x: Float[Tensor, "n f"], y: Float[Tensor, " n"], l1: float, steps: int = 1000) -> Float[Tensor, " f"]:
    r"""Least squares with an L1 penalty: a gradient step on the error, a soft threshold, and again.

    The minimum of $\frac{1}{2n} \lVert X w - y \rVert^2 + \lambda \lVert w \rVert_1$, by accelerated proximal steps of
    length $1/L$, with $L$ the largest eigenvalue of $X^\top X / n$.
    Beck and Teboulle 2009, https://doi.org/10.1137/080716542
    """
    _check(l1)
    _one_target_for_each(x, y)
    rate = len(x) / torch.linalg.matrix_norm(x, 2).square().item()
    w = ahead = x.new_zeros(x.shape[1])
    pace = 1.0
    for _ in range(steps):
        before, w = w, soft_threshold(ahead - rate / len(x) * (x.T @ (x @ ahead - y)), rate * l1)
        faster = (1 + (1 + 4 * pace**2) ** 0.5) / 2
        ahead, pace = w + (pace - 1) / faster * (w - before), faster
    return w


def _check(*strengths: float) -> None:
    if any(not strength >= 0 for strength in strengths):
        raise ValueError(f"a penalty's strength is not negative: got {strengths}")


def _one_target_for_each(x: Tensor, y: Tensor) -> None:
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise ValueError(
            f"expected x (examples, features) and y (examples,), got {tuple(x.shape)} and {tuple(y.shape)}"
        )
