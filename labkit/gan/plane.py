"""GANs on the plane: two small networks, and snapshots of the game that can be drawn.

Axes: n samples, g places on a side of the grid, two coordinates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labkit.gan.gan import GAN
from labkit.nn.kinds import like


def perceptron(inputs: int, outputs: int, hidden: int = 128, depth: int = 2) -> nn.Sequential:
    """A network of `depth` hidden layers with ReLUs: the generator of points."""
    sizes = [inputs] + [hidden] * depth
    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))


class PointCritic(nn.Sequential):
    """One score for each point: a discriminator's logit, or a critic's height."""

    def __init__(self, inputs: int = 2, hidden: int = 128, depth: int = 2):
        super().__init__(*perceptron(inputs, 1, hidden, depth))

    def forward(self, points: Float[Tensor, "*n d"]) -> Float[Tensor, "*n"]:
        return super().forward(points).squeeze(dim=-1)


@dataclass(frozen=True)
class Snapshot:
    """The game at one moment: where the samples are, the score of every place, and where it tells each sample to go."""

    samples: Float[Tensor, "n 2"]
    field: Float[Tensor, "g g"]  # rows from below, columns from the left
    directions: Float[Tensor, "n 2"]  # minus the gradient of the generator's loss, for a sample on its own


def snapshots(
    gan: GAN, count: int = 256, side: int = 48, reach: float = 3.0, draw: torch.Generator | None = None
) -> Callable[[], Snapshot]:
    """A recorder for `play`: it looks at the same noise and the same square, from -reach to reach, every time."""
    noise = torch.randn(count, gan.latent, generator=draw, device=None if draw is None else draw.device)
    places = torch.linspace(-reach, reach, side)
    square = torch.cartesian_prod(places, places).flip(-1)  # side * side, 2: x runs fast

    def take() -> Snapshot:
        samples = gan.generator(noise.to(**like(gan))).detach()
        scores = gan.discriminator(square.to(**like(gan))).detach().reshape(side, side)
        return Snapshot(samples.cpu(), scores.cpu(), directions(gan, samples).cpu())

    return take


def directions(gan: GAN, samples: Float[Tensor, "n 2"]) -> Float[Tensor, "n 2"]:
    """Where the generator's loss would have each sample move: minus the gradient, as if it were alone."""
    with torch.enable_grad():
        points = samples.detach().clone().requires_grad_()
        loss = gan.losses.generator(gan.discriminator(points)) * len(points)  # the losses are means over samples
        (gradient,) = torch.autograd.grad(loss, points)
    return -gradient
