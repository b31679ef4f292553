"""Points on the plane whose density is known: eight Gaussians on a ring, a grid of them, two moons.

Axes: n points, modes Gaussians, d dimensions (two, for all that is made here).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.nn.kinds import drawn_on


@dataclass(frozen=True)
class Mixture:
    r"""Gaussians of one size, all equally likely: $p(x) = \frac1K \sum_k N(x; c_k, s^2 I)$."""

    title: str
    centers: Float[Tensor, "modes d"]
    scale: float  # the standard deviation s of each Gaussian, in every direction

    def sample(self, count: int, draw: torch.Generator | None = None) -> Float[Tensor, "count d"]:
        """`count` independent points on the device of the centers; from the global generator if `draw` is None."""
        return self.sample_with_modes(count, draw)[0]

    def sample_with_modes(
        self, count: int, draw: torch.Generator | None = None
    ) -> tuple[Float[Tensor, "count d"], Int[Tensor, " count"]]:
        """The same, and of which Gaussian each point is: its class, where a model is to be told."""
        if count < 1:
            raise ValueError(f"asked for {count} points: ask for one or more")
        home, (modes, d) = drawn_on(draw, self.centers), self.centers.shape
        modes = torch.randint(modes, (count,), generator=draw, device=home).to(self.centers.device)
        noise = torch.randn(count, d, generator=draw, device=home).to(self.centers)
        return self.centers[modes] + self.scale * noise, modes

    def batches(self, size: int, draw: torch.Generator | None = None) -> Iterator[Float[Tensor, "size d"]]:
        """Fresh points without end: no point is ever seen twice."""
        while True:
            yield self.sample(size, draw)

    def log_density(self, points: Float[Tensor, "*n d"]) -> Float[Tensor, "*n"]:
        r"""$\log p(x)$ in nats, summed over the Gaussians where it cannot underflow."""
        d = self.centers.shape[1]
        if points.shape[-1] != d:
            raise ValueError(f"points have {d} coordinates here, not {points.shape[-1]}")
        centers = self.centers.to(points)
        square = (points[..., None, :] - centers).square().sum(dim=-1) / self.scale**2  # *n modes
        log_each = -0.5 * (square + d * math.log(2 * math.pi * self.scale**2))
        return log_each.logsumexp(dim=-1) - math.log(len(centers))


def ring(modes: int = 8, radius: float = 2.0, scale: float = 0.1) -> Mixture:
    """Gaussians evenly spaced on a circle, the first to the right: the test that every GAN is put to.

    Metz et al. 2017, https://arxiv.org/abs/1611.02163, with wider Gaussians than theirs (0.02).
    """
    _positive(modes=modes, radius=radius, scale=scale)
    angle = 2 * math.pi * torch.arange(modes) / modes
    return Mixture("ring", radius * torch.stack([angle.cos(), angle.sin()], dim=-1), scale)


def grid(side: int = 5, spacing: float = 1.0, scale: float = 0.05) -> Mixture:
    """`side` times `side` Gaussians in rows and columns around the origin, row by row from below."""
    _positive(side=side, spacing=spacing, scale=scale)
    places = spacing * (torch.arange(side) - (side - 1) / 2)
    return Mixture("grid", torch.cartesian_prod(places, places).flip(-1), scale)


def two_moons(scale: float = 0.1, modes: int = 128) -> Mixture:
    """Two half circles of radius 1, the lower one moved to the right and turned over, each a chain of Gaussians.

    The chain (half of `modes` Gaussians a moon) is so dense that no link shows, and as it is a mixture, its density is
    known. The moons stand as in scikit-learn's `make_moons`. Raises ValueError for an odd number of modes.
    """
    _positive(scale=scale, modes=modes)
    if modes % 2:
        raise ValueError(f"both moons have as many Gaussians, so modes must be even, not {modes}")
    angle = torch.linspace(0, math.pi, modes // 2)
    upper = torch.stack([angle.cos(), angle.sin()], dim=-1)
    return Mixture("two moons", torch.cat([upper, torch.tensor([1.0, 0.5]) - upper]), scale)


def _positive(**values: int | float) -> None:
    for name, value in values.items():
        if value <= 0:
            raise ValueError(f"{name} must be greater than 0, not {value}")
