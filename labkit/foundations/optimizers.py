r"""Gradient descent and its descendants: SGD with momentum, Adam, AdamW. They are torch optimizers, and fit `fit`.

Each `step` does to every weight what the equations say. The `torch._foreach` calls do it for all tensors of a model in
one call: `_foreach_mul_([a, b], 0.9)` is `a.mul_(0.9); b.mul_(0.9)`, without the trip through Python for each.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim import Optimizer

EPSILON = 1e-8


class _Stepper(Optimizer):
    """What all have in common: run the closure, if any, then `update` each group of weights that have a gradient."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step along the gradients that are there; a weight without one stays as it is."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if weights:
                self.update(group, weights, [weight.grad for weight in weights])
        return loss

    def update(self, group: dict[str, Any], weights: list[Tensor], gradients: Sequence[Tensor]) -> None:
        """Change the weights in place."""
        raise NotImplementedError


class SGD(_Stepper):
    r"""Stochastic gradient descent with momentum: a velocity $v$ keeps a share $\mu$ of itself at each step.

    $$g_t = \nabla \mathcal{L}(\theta_{t-1}) + \lambda \theta_{t-1}, \qquad v_t = \mu v_{t-1} + g_t, \qquad
    \theta_t = \theta_{t-1} - \eta v_t$$

    with $v_1 = g_1$. With `nesterov` the step is $\eta (g_t + \mu v_t)$. `weight_decay` is $\lambda$. Raises
    ValueError for negative numbers, and for `nesterov` without momentum. Polyak 1964,
    https://doi.org/10.1016/0041-5553(64)90137-5; Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ):
        _not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and not momentum:
            raise ValueError("nesterov looks ahead along the momentum: set momentum above 0, such as 0.9")
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay})

    def update(self, group: dict[str, Any], weights: list[Tensor], gradients: Sequence[Tensor]) -> None:
        r"""$v = \mu v + g$, then $\theta = \theta - \eta v$."""
        momentum = group["momentum"]
        if group["weight_decay"]:
            gradients = torch._foreach_add(gradients, weights, alpha=group["weight_decay"])
        if momentum:
            gradients = self._rolling(weights, gradients, momentum, group["nesterov"])
        torch._foreach_add_(weights, gradients, alpha=-group["lr"])

    def _rolling(
        self, weights: list[Tensor], gradients: Sequence[Tensor], momentum: float, nesterov: bool
    ) -> Sequence[Tensor]:
        states = [self.state[weight] for weight in weights]
        for state, gradient in zip(states, gradients, strict=True):
            if not state:  # v = 0 before the first step
                state["velocity"] = torch.zeros_like(gradient)
        velocities = [state["velocity"] for state in states]
        for velocity, gradient in zip(velocities, gradients, strict=True):
            torch.add(gradient, velocity, alpha=momentum, out=velocity)  # in one pass over the memory
        return torch._foreach_add(gradients, velocities, alpha=momentum) if nesterov else velocities


class Adam(_Stepper):
    r"""Every weight has a step size of its own: the mean gradient over the root of the mean squared gradient.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad s_t = \beta_2 s_{t-1} + (1 - \beta_2) g_t^2, \qquad
    \theta_t = \theta_{t-1} - \eta \, \frac{m_t / (1 - \beta_1^t)}{\sqrt{s_t / (1 - \beta_2^t)} + \epsilon}$$

    `weight_decay` is the classic L2 penalty: $\lambda \theta$ is added to the gradient, and then divided by the root
    as the gradient is (`AdamW` does not). Raises ValueError for numbers out of their range.
    Kingma and Ba 2015, algorithm 1, https://arxiv.org/abs/1412.6980
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = EPSILON,
        weight_decay: float = 0.0,
    ):
        _not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas lie between 0 and 1, 1 not included: got {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def update(self, group: dict[str, Any], weights: list[Tensor], gradients: Sequence[Tensor]) -> None:
        """Add the penalty's gradient, then step."""
        if group["weight_decay"]:
            gradients = torch._foreach_add(gradients, weights, alpha=group["weight_decay"])
        self._step(group, weights, gradients)

    def _step(self, group: dict[str, Any], weights: list[Tensor], gradients: Sequence[Tensor]) -> None:
        (beta1, beta2), states = group["betas"], [self._state(weight) for weight in weights]
        means, squares = [state["mean"] for state in states], [state["square"] for state in states]
        torch._foreach_lerp_(means, gradients, 1 - beta1)
        torch._foreach_mul_(squares, beta2)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - beta2)
        sizes = torch._foreach_sqrt(squares)
        torch._foreach_div_(sizes, [(1 - beta2 ** state["step"]) ** 0.5 for state in states])
        torch._foreach_add_(sizes, group["eps"])
        torch._foreach_addcdiv_(
            weights, means, sizes, [-group["lr"] / (1 - beta1 ** state["step"]) for state in states]
        )

    def _state(self, weight: Tensor) -> dict[str, Any]:
        """The weight's moments, and its own count of steps: it may have been without gradient for a while."""
        state = self.state[weight]
        if not state:
            state |= {"step": 0, "mean": torch.zeros_like(weight), "square": torch.zeros_like(weight)}
        state["step"] += 1
        return state


class AdamW(Adam):
    r"""Adam with decoupled weight decay: every weight first shrinks by the factor $1 - \eta \lambda$.

    Loshchilov and Hutter 2019, algorithm 2, https://arxiv.org/abs/1711.05101
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = EPSILON,
        weight_decay: float = 0.01,
    ):
        super().__init__(params, lr, betas, eps, weight_decay)

    def update(self, group: dict[str, Any], weights: list[Tensor], gradients: Sequence[Tensor]) -> None:
        """Shrink, then step."""
        torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
        self._step(group, weights, gradients)


def adamw_step(
    weight: Float[Tensor, "*w"],
    gradient: Float[Tensor, "*w"],
    mean: Float[Tensor, "*w"],
    square: Float[Tensor, "*w"],
    step: int,
    lr: float = 1e-3,
    betas: Sequence[float] = (0.9, 0.999),
    weight_decay: float = 0.01,
) -> tuple[Float[Tensor, "*w"], Float[Tensor, "*w"], Float[Tensor, "*w"]]:
    r"""AdamW's step `step` (the first is 1) for one tensor: its new value, mean gradient and mean squared gradient.

    Changes nothing in place, and $\epsilon = 10^{-8}$. `AdamW` does the same for all tensors of a model.
    Loshchilov and Hutter 2019, algorithm 2, https://arxiv.org/abs/1711.05101
    """
    mean = betas[0] * mean + (1 - betas[0]) * gradient
    square = betas[1] * square + (1 - betas[1]) * gradient.square()
    unbiased_mean, unbiased_square = mean / (1 - betas[0] ** step), square / (1 - betas[1] ** step)
    weight = weight * (1 - lr * weight_decay)
    return weight - lr * unbiased_mean / (unbiased_square.sqrt() + EPSILON), mean, square


def _not_negative(**numbers: float) -> None:
    for name, number in numbers.items():
        if not number >= 0:
            raise ValueError(f"{name} must not be negative, but is {number}")
