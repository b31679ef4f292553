"""What a generator covers, counted: modes of a mixture, classes of a set of images.

Axes: n samples, modes, d dimensions.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.nn.kinds import as_index, reaches_beyond


@dataclass(frozen=True)
class Coverage:
    """How many good samples each mode received, and the share of good ones among all."""

    counts: Int[Tensor, " modes"]
    quality: float
    least: int

    @property
    def modes(self) -> int:
        """The modes with at least `least` good samples."""
        return int((self.counts >= self.least).sum())

    @property
    def divergence(self) -> float:
        """How unevenly the good samples are spread over the modes, in nats: see `divergence_from_uniform`."""
        return divergence_from_uniform(self.counts)


def mode_coverage(
    samples: Float[Tensor, "n d"], centers: Float[Tensor, "modes d"], scale: float, within: float = 3.0, least: int = 1
) -> Coverage:
    r"""Which modes of a mixture of Gaussians with deviation `scale` have samples, and how many samples are good.

    A sample is good if it is within `within` deviations of the nearest center; a mode is covered if at least `least`
    good samples are nearest to it. Of the mixture's own samples on the plane, $1 - e^{-9/2} = 98.9\,\%$ are good.
    Srivastava et al. 2017, https://arxiv.org/abs/1705.07761
    """
    if scale <= 0 or within <= 0 or least < 1:
        raise ValueError(f"scale, within and least should be positive, not {scale}, {within} and {least}")
    distance, nearest = torch.cdist(samples, centers.to(samples)).min(dim=1)
    good = distance <= within * scale
    return Coverage(nearest[good].bincount(minlength=len(centers)).cpu(), good.float().mean().item(), least)


def class_counts(classes: Int[Tensor, " n"], count: int) -> Int[Tensor, " count"]:
    """How many samples were taken for each of `count` classes."""
    classes = as_index(classes, "classes")
    if reaches_beyond(classes, count):
        raise ValueError(f"classes run from 0 to {count - 1}, and {classes.min()} to {classes.max()} came")
    return classes.bincount(minlength=count)


def divergence_from_uniform(counts: Int[Tensor, " modes"]) -> float:
    r"""$KL(\hat q \| u)$ of the shares from equal ones, in nats: 0 if all have as many.

    If one has all, it is the logarithm of their number. Raises ValueError if nothing was counted.
    Metz et al. 2017, https://arxiv.org/abs/1611.02163
    """
    if counts.sum() == 0:
        raise ValueError("nothing was counted: no sample came near any mode")
    shares = counts.double() / counts.sum()
    return torch.xlogy(shares, shares * len(counts)).sum().item()
