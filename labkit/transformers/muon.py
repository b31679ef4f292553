"""Muon: an optimizer that steps equally far in every direction of a weight matrix. It gets a GPT far in few steps.

Axes: o outputs and i inputs of a linear layer.
"""

from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn

A, B, C = 3.4445, -4.7750, 2.0315  # steep at zero: small singular values grow fast, and all end near 1


def orthogonalized(gradient: Float[Tensor, "o i"], steps: int = 5) -> Float[Tensor, "o i"]:
    r"""Nearly $U V^\top$ where the gradient is $U S V^\top$: the same directions, all equally strong.

    $$X \leftarrow a X + b\, X X^\top X + c\, (X X^\top)^2 X, \qquad X_0 = G / \|G\|$$

    Each singular value goes through a polynomial that takes (0, 1] to about 1: after five rounds all but the smallest
    lie between 0.7 and 1.2. Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/
    """
    tall = gradient.shape[0] > gradient.shape[1]
    x = gradient.T if tall else gradient
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=B, alpha=C), x, beta=A)
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    r"""Momentum, orthogonalized, for `matrices`; AdamW for `others`: tables, norms and biases.

    $$M \leftarrow \mu M + (1 - \mu)\, G, \qquad W \leftarrow (1 - \eta \lambda)\, W -
    \eta \sqrt{\max(1, o / i)}\; \mathrm{orthogonalized}\big((1 - \mu)\, G + \mu M\big)$$

    `others` are parameters, or groups with settings of their own. Raises ValueError for a parameter that is no matrix.
    Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/
    """

    def __init__(
        self,
        matrices: Iterable[nn.Parameter],
        others: Iterable[nn.Parameter] | Iterable[dict],
        rate: float = 0.02,
        other_rate: float = 0.004,
        decay: float = 0.1,
        momentum: float = 0.95,
    ):
        defaults = {"lr": rate, "decay": decay, "momentum": momentum, "adam": False, "other_rate": other_rate}
        super().__init__(list(matrices), defaults)
        others = list(others)
        groups = others if others and isinstance(others[0], dict) else [{"params": others}]
        for group in groups if others else []:
            self.add_param_group({**group, "adam": True})

    def add_param_group(self, param_group: dict) -> None:
        """Add a group of matrices, or with `"adam": True` a group of others. Raises ValueError for no matrix."""
        group = dict(param_group)
        group["params"] = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
        if group.get("adam"):
            group = {"lr": self.defaults["other_rate"], "betas": (0.9, 0.99), "weight_decay": 0.0} | group
        for matrix in () if group.get("adam") else group["params"]:
            if matrix.ndim != 2:
                raise ValueError(f"Muon turns matrices; a parameter of shape {(*matrix.shape,)} belongs to the others")
        super().add_param_group(group)
        self._share()

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        self._share()

    def _share(self) -> None:
        """Let AdamW work on the same groups and the same state: one schedule moves all rates, one file saves all."""
        others = [group for group in self.param_groups if group.get("adam")]
        self.adam = torch.optim.AdamW(others) if others else None
        if self.adam is not None:
            self.adam.param_groups, self.adam.state = others, self.state

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take a step with all parameters that have a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for matrix in () if group["adam"] else group["params"]:
                if matrix.grad is not None:
                    self._turn(matrix, group)
        if self.adam is not None:
            self.adam.step()
        return loss

    def _turn(self, matrix: nn.Parameter, group: dict) -> None:
        state = self.state[matrix]
        if "mean" not in state:
            state["mean"] = torch.zeros_like(matrix)
        mean = state["mean"].lerp_(matrix.grad, 1 - group["momentum"])
        direction = orthogonalized(matrix.grad.lerp(mean, group["momentum"]))
        size = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
        matrix.mul_(1 - group["lr"] * group["decay"]).add_(direction, alpha=-group["lr"] * size)
