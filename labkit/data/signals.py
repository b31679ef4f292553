"""Ten kinds of small signals, generated from a seed, in the style of MNIST-1D (Greydanus and Kobak 2020).

Like handwritten digits they are the same shape in many versions, and unlike them they have forty numbers instead of
784, so a network learns them in a second. Greydanus and Kobak 2020, https://arxiv.org/abs/2011.14439
Axes: n signals, t samples, c classes, k control points of a template.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor
from torch.nn import functional as F

LENGTH = 40
NAMES = (
    "hill", "valley", "two hills", "two valleys", "hill, valley",
    "valley, hill", "early peak", "late peak", "plateau", "three hills",
)  # fmt: skip
CONTROL_POINTS = (
    (0.0, 0.3, 0.9, 1.5, 1.8, 1.8, 1.5, 0.9, 0.3, 0.0),
    (0.0, -0.3, -0.9, -1.5, -1.8, -1.8, -1.5, -0.9, -0.3, 0.0),
    (0.0, 1.2, 1.7, 1.1, 0.2, 0.2, 1.1, 1.7, 1.2, 0.0),
    (0.0, -1.2, -1.7, -1.1, -0.2, -0.2, -1.1, -1.7, -1.2, 0.0),
    (0.0, 0.9, 1.6, 1.4, 0.5, -0.5, -1.4, -1.6, -0.9, 0.0),
    (0.0, -0.9, -1.6, -1.4, -0.5, 0.5, 1.4, 1.6, 0.9, 0.0),
    (0.0, 1.6, 2.0, 1.6, 1.2, 0.9, 0.7, 0.5, 0.2, 0.0),
    (0.0, 0.2, 0.5, 0.7, 0.9, 1.2, 1.6, 2.0, 1.6, 0.0),
    (0.0, 1.3, 1.4, 1.4, 1.4, 1.4, 1.4, 1.4, 1.3, 0.0),
    (0.0, 1.7, 0.3, 0.3, 1.7, 1.7, 0.3, 0.3, 1.7, 0.0),
)


@dataclass(frozen=True)
class Signals:
    """What is trained on and what is not: signals (n, 40), and the number of each one's class in `names`."""

    train: tuple[Float[Tensor, "n t"], Int[Tensor, " n"]]
    test: tuple[Float[Tensor, "m t"], Int[Tensor, " m"]]
    names: tuple[str, ...] = NAMES


def signals(train: int, test: int, seed: int = 0, noise: float = 0.4, shift: float = 1.0) -> Signals:
    """Draw a task: as many signals of each class as of any other, in random order (see `draw`)."""
    generator = Generator().manual_seed(seed)
    parts = []
    for count in (train, test):
        labels = torch.arange(count)[torch.randperm(count, generator=generator)] % len(NAMES)
        parts.append((draw(labels, generator, noise, shift), labels))
    return Signals(*parts)


def templates(length: int = LENGTH) -> Float[Tensor, "c t"]:
    """Return the ten shapes as they are before anything happens to them, drawn over the whole length."""
    points = torch.tensor(CONTROL_POINTS)
    return F.interpolate(points[:, None], size=length, mode="linear", align_corners=True)[:, 0]


def draw(
    labels: Int[Tensor, " n"], generator: Generator | None = None, noise: float = 0.4, shift: float = 1.0
) -> Float[Tensor, "n t"]:
    """One signal for each label: its template made narrower, taller, moved, tilted, and covered with noise.

    The shape takes 45 to 70 % of the length, 0.6 to 1.4 times as tall; with `shift` 1 it may stand anywhere, with 0 in
    the middle. A straight line of random slope is added, and noise of standard deviation `noise` that neighbors share.
    Raises ValueError for a label that is no class, negative noise, or a shift outside of 0 to 1.
    """
    if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < len(NAMES):
        raise ValueError(
            f"there are {len(NAMES)} classes, numbered from 0: got {int(labels.min())} to {int(labels.max())}"
        )
    if not noise >= 0 or not 0 <= shift <= 1:
        raise ValueError(f"noise is not negative and shift lies between 0 and 1: got {noise} and {shift}")
    width, height, place, slope = torch.rand(4, len(labels), 1, generator=generator)
    width, height = 0.45 + 0.25 * width, 0.6 + 0.8 * height
    start = (1 - width) * (0.5 + shift * (place - 0.5))
    time = torch.linspace(0, 1, LENGTH)
    shape = _at(labels, (time - start) / width)
    return height * shape + 1.5 * (2 * slope - 1) * (time - 0.5) + noise * _rough(len(labels), generator)


def _at(labels: Int[Tensor, " n"], position: Float[Tensor, "n t"]) -> Float[Tensor, "n t"]:
    """The templates' heights at positions from 0 to 1, straight between control points; 0 outside."""
    points = torch.tensor(CONTROL_POINTS)[labels]  # n k
    where = position.clamp(0, 1) * (points.shape[1] - 1)
    left = where.floor().long().clamp(max=points.shape[1] - 2)
    return torch.lerp(points.gather(1, left), points.gather(1, left + 1), where - left)


def _rough(count: int, generator: Generator | None) -> Float[Tensor, "n t"]:
    """Noise of unit variance, white noise smoothed by a window of five: neighbors have much in common."""
    window = torch.tensor([1.0, 2.0, 3.0, 2.0, 1.0])
    white = torch.randn(count, 1, LENGTH + 4, generator=generator)
    return F.conv1d(white, (window / window.norm())[None, None])[:, 0]
