r"""Noise that comes in continuously: two stochastic differential equations, and how time runs backward in them.

Forward $dx = f(x, t)\,dt + g(t)\,dw$ from the data at $t = 0$ to noise at $t = 1$; backward
$dx = [f(x, t) - g(t)^2 \nabla_x \log p_t(x)]\,dt + g(t)\,d\bar w$ (Anderson 1982,
https://doi.org/10.1016/0304-4149(82)90051-5). Both equations here are linear in $x$, so the data at time $t$ are
$a(t) x_0 + \sigma(t) z$ exactly, with standard normal $z$.

Song et al. 2021, https://arxiv.org/abs/2011.13456

Axes: n examples, d whatever an example is made of.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.noise_level import Level, across, numbers

Score = Callable[[Tensor, Level], Tensor]  # of x (n d) and a time: the gradient of the log density there


class SDE(ABC):
    """What both equations share. Times lie between 0 (data) and 1 (noise): one number, or one for each example."""

    @abstractmethod
    def shrink(self, t: Level) -> Float[Tensor, "*n"]:
        """$a(t)$: what is left of the data."""

    @abstractmethod
    def std(self, t: Level) -> Float[Tensor, "*n"]:
        r"""$\sigma(t)$: standard deviation of the noise that was added."""

    @abstractmethod
    def drift(self, x: Float[Tensor, "n ..."], t: Level) -> Float[Tensor, "n ..."]:
        """$f(x, t)$: where the equation pushes without noise."""

    @abstractmethod
    def diffusion(self, t: Level) -> Float[Tensor, "*n"]:
        """$g(t)$: how much noise comes in per root of time."""

    def perturb(self, clean: Float[Tensor, "n ..."], t: Level, noise: Float[Tensor, "n ..."]) -> Float[Tensor, "n ..."]:
        r"""The data at time t in one step: $a(t) x_0 + \sigma(t) z$."""
        _within(t)
        return across(self.shrink(t), clean) * clean + across(self.std(t), clean) * noise

    def kept(self, t: float, earlier: float) -> Float[Tensor, "*n"]:
        """$a(t) / a(s)$ for an `earlier` time s: what is left of x from then to t."""
        return self.shrink(t) / self.shrink(earlier)

    def reverse_drift(self, score: Score, x: Float[Tensor, "n ..."], t: Level) -> Float[Tensor, "n ..."]:
        r"""$f(x, t) - g(t)^2 \nabla_x \log p_t(x)$: what pushes when time runs backward with noise."""
        return self.drift(x, t) - across(self.diffusion(t), x).square() * score(x, t)

    def velocity(self, score: Score, x: Float[Tensor, "n ..."], t: Level) -> Float[Tensor, "n ..."]:
        r"""$f - \frac12 g(t)^2 \nabla_x \log p_t(x)$: the probability flow, with the same densities and no noise."""
        return self.drift(x, t) - 0.5 * across(self.diffusion(t), x).square() * score(x, t)

    def prior(self, count: int, d: int, draw: torch.Generator | None = None) -> Float[Tensor, "count d"]:
        """Pure noise, from which the way back begins."""
        home = None if draw is None else draw.device
        return self.std(1.0).float() * torch.randn(count, d, generator=draw, device=home)

    def log_prior(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """Log density of that noise, in nats."""
        variance = self.std(1.0).item() ** 2
        return -0.5 * (x.square().sum(dim=1) / variance + x.shape[1] * math.log(2 * math.pi * variance))

    def score_of(self, mixture: GaussianMixture) -> Score:
        """The exact score of a mixture at every time."""
        return lambda x, t: mixture.score(x, self.shrink(t), self.std(t))


@dataclass(frozen=True)
class VESDE(SDE):
    r"""Variance exploding: $dx = \sqrt{\frac{d\,\sigma^2(t)}{dt}}\,dw$.

    The data stay as they are, $a(t) = 1$, under noise $\sigma(t) = \sigma_{min} (\sigma_{max} / \sigma_{min})^t$ that
    grows until they cannot be seen. At $t = 0$ the noise is $\sigma_{min}$ and not 0: the equation starts from data
    with that much noise on them, as in the paper. Song et al. 2021, https://arxiv.org/abs/2011.13456
    """

    low: float = 0.01
    high: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high:
            raise ValueError(f"the noise grows from low to high, both greater than 0: {self.low}, {self.high}")

    def shrink(self, t: Level) -> Float[Tensor, "*n"]:
        return torch.ones_like(numbers(t))

    def std(self, t: Level) -> Float[Tensor, "*n"]:
        return self.low * (self.high / self.low) ** numbers(t)

    def drift(self, x: Float[Tensor, "n ..."], t: Level) -> Float[Tensor, "n ..."]:
        return torch.zeros_like(x)

    def diffusion(self, t: Level) -> Float[Tensor, "*n"]:
        return self.std(t) * math.sqrt(2 * math.log(self.high / self.low))


@dataclass(frozen=True)
class VPSDE(SDE):
    r"""Variance preserving: $dx = -\frac12 \beta(t)\,x\,dt + \sqrt{\beta(t)}\,dw$.

    $\beta(t) = \beta_{min} + t\,(\beta_{max} - \beta_{min})$: what DDPM becomes when its steps grow short and many.
    The data shrink as the noise comes in: $a(t)^2 + \sigma(t)^2 = 1$, so data of variance 1 keep it.
    Song et al. 2021, https://arxiv.org/abs/2011.13456
    """

    low: float = 0.1
    high: float = 20.0

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high:
            raise ValueError(f"beta goes from low to high, both greater than 0: {self.low}, {self.high}")

    def beta(self, t: Level) -> Float[Tensor, "*n"]:
        return self.low + numbers(t) * (self.high - self.low)

    def log_shrink(self, t: Level) -> Float[Tensor, "*n"]:
        r"""$\log a(t) = -\frac12 \int_0^t \beta$."""
        t = numbers(t)
        return -0.25 * t.square() * (self.high - self.low) - 0.5 * t * self.low

    def shrink(self, t: Level) -> Float[Tensor, "*n"]:
        return self.log_shrink(t).exp()

    def std(self, t: Level) -> Float[Tensor, "*n"]:
        return (-torch.expm1(2 * self.log_shrink(t))).sqrt()

    def drift(self, x: Float[Tensor, "n ..."], t: Level) -> Float[Tensor, "n ..."]:
        return -0.5 * across(self.beta(t), x) * x

    def diffusion(self, t: Level) -> Float[Tensor, "*n"]:
        return self.beta(t).sqrt()


def _within(t: Level) -> None:
    t = numbers(t)
    if not t.is_meta and ((t < 0).any() or (t > 1).any()):
        raise ValueError(f"time runs from 0 (data) to 1 (noise), not to {t.min().item():g} .. {t.max().item():g}")
