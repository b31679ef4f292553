"""A mixture of Gaussians whose score is known, before noise and after: what learned scores are held against.

Axes: n points, d dimensions, modes Gaussians.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.data.mixtures import Mixture
from labkit.diffusion.noise_level import Level, across
from labkit.nn.kinds import drawn_on


@dataclass(frozen=True)
class GaussianMixture:
    r"""$p(x) = \sum_k w_k\, N(x; c_k, s_k^2 I)$, and the same for all that noise makes of it.

    If $x$ comes from the mixture and $z$ is standard normal, then $a x + \sigma z$ comes from a mixture again, of the
    same weights, with centers $a c_k$ and variances $a^2 s_k^2 + \sigma^2$. Every method takes `shrink` $a$ and `std`
    $\sigma$, numbers or one for each point, and speaks of that mixture. Raises ValueError for weights that are none.
    """

    centers: Float[Tensor, "modes d"]
    scales: Float[Tensor, " modes"]  # standard deviation of each Gaussian, in every direction
    weights: Float[Tensor, " modes"]  # how much of the data each Gaussian makes; they add up to 1

    def __post_init__(self) -> None:
        if (self.scales <= 0).any():
            raise ValueError(f"standard deviations are greater than 0, not {self.scales.tolist()}")
        if (self.weights <= 0).any() or not math.isclose(self.weights.sum().item(), 1, abs_tol=1e-5):
            raise ValueError(f"weights are greater than 0 and add up to 1, not {self.weights.tolist()}")

    @classmethod
    def of(cls, mixture: Mixture) -> "GaussianMixture":
        """The same mixture with a score: `GaussianMixture.of(ring())`."""
        modes = len(mixture.centers)
        even = torch.ones(modes, dtype=mixture.centers.dtype, device=mixture.centers.device)
        return cls(mixture.centers, mixture.scale * even, even / modes)

    def double(self) -> "GaussianMixture":
        """The same in float64."""
        weights = self.weights.double()
        return type(self)(self.centers.double(), self.scales.double(), weights / weights.sum())

    def sample(self, count: int, draw: torch.Generator | None = None) -> Float[Tensor, "count d"]:
        """`count` points of the mixture without noise, drawn independently. Raises ValueError unless there is one."""
        if count < 1:
            raise ValueError(f"asked for {count} points: ask for one or more")
        home, (_, d) = drawn_on(draw, self.centers), self.centers.shape
        modes = torch.multinomial(self.weights.to(home), count, replacement=True, generator=draw)
        noise = torch.randn(count, d, generator=draw, dtype=self.centers.dtype, device=home)
        modes, noise = modes.to(self.centers.device), noise.to(self.centers.device)
        return self.centers[modes] + self.scales[modes, None] * noise

    def log_density(self, x: Float[Tensor, "n d"], shrink: Level = 1.0, std: Level = 0.0) -> Float[Tensor, " n"]:
        r"""$\log p_{a,\sigma}(x)$ in nats, summed over the Gaussians where it cannot underflow."""
        return self._log_parts(x, shrink, std)[0].logsumexp(dim=-1)

    def score(self, x: Float[Tensor, "n d"], shrink: Level = 1.0, std: Level = 0.0) -> Float[Tensor, "n d"]:
        r"""$\nabla_x \log p_{a,\sigma}(x) = \sum_k r_k(x)\, \frac{a c_k - x}{a^2 s_k^2 + \sigma^2}$.

        $r_k(x)$ is the probability that Gaussian $k$ made $x$: each mode pulls with its share.
        """
        logs, away, variance = self._log_parts(x, shrink, std)
        return -(logs.softmax(dim=-1)[..., None] * away / variance[..., None]).sum(dim=1)

    def denoised(self, x: Float[Tensor, "n d"], shrink: Level, std: Level) -> Float[Tensor, "n d"]:
        r"""The best guess of the clean point, $E[x_0 \mid a x_0 + \sigma z = x]$, by Bayes' rule in each mode.

        $\sum_k r_k(x) \left( c_k + \frac{a s_k^2}{a^2 s_k^2 + \sigma^2} (x - a c_k) \right)$
        """
        logs, away, variance = self._log_parts(x, shrink, std)
        gain = across(shrink, x) * self.scales.to(x).square() / variance  # n modes
        guesses = self.centers.to(x) + gain[..., None] * away  # n modes d
        return (logs.softmax(dim=-1)[..., None] * guesses).sum(dim=1)

    def _log_parts(self, x: Tensor, shrink: Level, std: Level) -> tuple[Tensor, Tensor, Tensor]:
        """Log of weight times density by Gaussian (n modes), x minus its center (n modes d), variances (n modes)."""
        d = self.centers.shape[1]
        if x.shape[1] != d:
            raise ValueError(f"points have {d} coordinates here, not {x.shape[1]}")
        a, sigma = across(shrink, x), across(std, x)
        variance = (a * self.scales.to(x)).square() + sigma.square()
        away = x[:, None] - a[..., None] * self.centers.to(x)
        square = away.square().sum(dim=-1) / variance
        return self.weights.to(x).log() - 0.5 * (square + d * (2 * math.pi * variance).log()), away, variance


def tweedie(
    x: Float[Tensor, "n ..."], score: Float[Tensor, "n ..."], shrink: Level, std: Level
) -> Float[Tensor, "n ..."]:
    r"""The best guess of the clean data from the score: $E[x_0 \mid x] = \frac{x + \sigma^2 \nabla \log p(x)}{a}$.

    The formula that makes a denoiser of a score, and a score of a denoiser. Efron 2011 (who names Tweedie),
    https://doi.org/10.1198/jasa.2011.tm11181
    """
    return (x + across(std, x).square() * score) / across(shrink, x)
