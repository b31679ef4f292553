"""Learning rates over time, as functions of the step that multiply an optimizer's own rate."""

from collections.abc import Callable

import torch

Schedule = Callable[[int], float]


def inverse_square_root(warmup: int) -> Schedule:
    r"""Rises in a straight line to 1 at step `warmup`, then falls as $\sqrt{\mathrm{warmup} / \mathrm{step}}$.

    Steps count from 1. The paper's rate is this times $(d \cdot \mathrm{warmup})^{-1/2}$.
    Vaswani et al. 2017, eq. 3, https://arxiv.org/abs/1706.03762
    """
    if warmup < 1:
        raise ValueError(f"warm-up takes at least one step, not {warmup}")
    return lambda step: min(step / warmup, (warmup / step) ** 0.5)


def linear(warmup: int, steps: int) -> Schedule:
    """Rises in a straight line to 1 at step `warmup`, then falls in a straight line to 0 at `steps`. Counts from 1."""
    if not 0 <= warmup < steps:
        raise ValueError(f"warm-up must end before the {steps} steps do, not after {warmup}")
    return lambda step: step / warmup if step < warmup else max(0.0, (steps - step) / (steps - warmup))


def apply(schedule: Schedule, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LambdaLR:
    """Attach a schedule that counts from 1: call `.step()` after each of the optimizer's steps."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: schedule(done + 1))
