r"""Noise schedules: how much signal is left at each step, and which steps a short sampler visits.

`kept` is $\bar\alpha$: the fraction of a sample's variance that is still signal. It falls from nearly 1
(hardly any noise) to nearly 0 (hardly anything else). Steps count from 0, as arrays do.

Axes: s steps.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Scheduled(nn.Module):
    """A module with a schedule, which stays as precise as it was given when the module's type changes.

    In bfloat16 the first values of a schedule would all be 1. Raises ValueError for what is no schedule.
    """

    kept: Tensor

    def __init__(self, kept: Float[Tensor, " s"]):
        super().__init__()
        check_schedule(kept)
        self.register_buffer("kept", kept)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "Scheduled":
        kept = self.kept
        super()._apply(fn, recurse)
        self.kept = kept.to(self.kept.device)
        return self


def linear_schedule(steps: int = 1000, low: float = 1e-4, high: float = 0.02) -> Float[Tensor, " {steps}"]:
    r"""Noise variances that rise in a straight line: $\bar\alpha_t = \prod_{i \le t} (1 - \beta_i)$.

    The defaults are made for 1,000 steps: with far fewer the last step is not noise. Raises ValueError for variances
    that are not between 0 and 1, fewer than two steps, or so many that less is left than float32 can hold.
    Ho et al. 2020, section 4, https://arxiv.org/abs/2006.11239
    """
    _check_steps(steps)
    if not 0 < low <= high < 1:
        raise ValueError(f"variances rise from low to high between 0 and 1, not from {low} to {high}")
    return _falling((1 - torch.linspace(low, high, steps, dtype=torch.float64)).cumprod(dim=0), steps)


def cosine_schedule(steps: int = 1000, offset: float = 0.008, most: float = 0.999) -> Float[Tensor, " {steps}"]:
    r"""$\bar\alpha_t = f(t) / f(0)$ with $f(t) = \cos^2\big(\frac{t/T + s}{1 + s} \cdot \frac{\pi}{2}\big)$.

    It falls evenly, so that no part of the steps is wasted. No single step adds a variance above `most`. Raises
    ValueError for fewer than two steps. Nichol and Dhariwal 2021, section 3.2, https://arxiv.org/abs/2102.09672
    """
    _check_steps(steps)
    time = torch.arange(steps + 1, dtype=torch.float64) / steps
    level = ((time + offset) / (1 + offset) * math.pi / 2).cos().square()
    return _falling((1 - (1 - level[1:] / level[:-1]).clamp(max=most)).cumprod(dim=0), steps)


def betas(kept: Float[Tensor, " s"]) -> Float[Tensor, " s"]:
    r"""The variance that each single step adds: $\beta_t = 1 - \bar\alpha_t / \bar\alpha_{t - 1}$."""
    check_schedule(kept)
    return 1 - kept / torch.cat([kept.new_ones(1), kept[:-1]])


def timesteps(steps: int, count: int) -> list[int]:
    """`count` of the steps 0 to `steps` - 1, evenly spaced, the last one first: the steps that a short sampler visits.

    The first is always the noisiest, because sampling starts from pure noise.
    Raises ValueError unless 1 <= count <= steps. Lin et al. 2024, https://arxiv.org/abs/2305.08891
    """
    if not 1 <= count <= steps:
        raise ValueError(f"from {steps} steps you can visit 1 to {steps}, not {count}")
    return [round(steps * left / count) - 1 for left in range(count, 0, -1)]


def check_schedule(kept: Float[Tensor, " s"]) -> None:
    """Raise ValueError unless `kept` falls and lies between 0 and 1."""
    if len(kept) < 2 or not (kept[1:] < kept[:-1]).all() or not 0 < kept[-1] < kept[0] < 1:
        raise ValueError("a schedule has at least two values, between 0 and 1, each below the one before it")


def _falling(kept: Float[Tensor, " s"], steps: int) -> Float[Tensor, " s"]:
    """The schedule in float32. Raises ValueError where its end is too small for that."""
    kept = kept.float()
    if kept[-1] < torch.finfo(kept.dtype).tiny:
        raise ValueError(f"after {steps} such steps less is left than float32 can hold: take fewer, or lower variances")
    return kept


def _check_steps(steps: int) -> None:
    if steps < 2:
        raise ValueError(f"a schedule has at least two steps, not {steps}")
