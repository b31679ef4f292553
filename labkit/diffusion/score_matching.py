r"""Learning the score $\nabla \log p(x)$ from data alone, although nobody knows $p$.

What one would minimize is $\frac12 E_p \lVert s(x) - \nabla \log p(x) \rVert^2$. Three losses differ from it only by a
constant that no parameter enters, and need no $p$.

Axes: n points, d dimensions, probes random directions.
"""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.noise_level import Level, across
from labkit.diffusion.probability_flow import signs
from labkit.diffusion.score_network import ScoreNetwork
from labkit.nn.kinds import drawn_on, normal_like
from labkit.train.fit import History, Report, fit
from labkit.train.schedules import linear

Batch = tuple[Tensor, Tensor]  # clean points (n d), a noise level for each (n)


def implicit_loss(score: Callable[[Tensor], Tensor], x: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    r"""$E\left[\nabla \cdot s(x) + \frac12 \lVert s(x) \rVert^2\right]$: integration by parts has removed $p$.

    One backward pass for each dimension. Hyvärinen 2005, https://jmlr.org/papers/v6/hyvarinen05a.html
    """
    x = x.detach().requires_grad_()
    value = score(x)
    columns = [torch.autograd.grad(value[:, i].sum(), x, create_graph=True)[0][:, i] for i in range(x.shape[1])]
    return (sum(columns) + 0.5 * value.square().sum(dim=1)).mean()


def sliced_loss(
    score: Callable[[Tensor], Tensor], x: Float[Tensor, "n d"], directions: Float[Tensor, "probes n d"]
) -> Float[Tensor, ""]:
    r"""$E\left[v^T \frac{\partial s}{\partial x} v + \frac12 \lVert s(x) \rVert^2\right]$ over random directions $v$.

    One backward pass for each probe, however many dimensions: the form of the paper with less variance. Directions need
    $E[v v^T] = I$ (`probability_flow.signs`). Song et al. 2019, https://arxiv.org/abs/1905.07088
    """
    if directions.shape[1:] != x.shape:
        raise ValueError(f"directions are (probes, {len(x)}, {x.shape[1]}) here, not {tuple(directions.shape)}")
    x = x.detach().requires_grad_()
    value = score(x)
    bends = []
    for direction in directions:
        (pulled,) = torch.autograd.grad((value * direction).sum(), x, create_graph=True)
        bends.append((pulled * direction).sum(dim=1))
    return (torch.stack(bends).mean(dim=0) + 0.5 * value.square().sum(dim=1)).mean()


def denoising_loss(
    score: Callable[[Tensor, Level], Tensor], clean: Float[Tensor, "n d"], std: Level, noise: Float[Tensor, "n d"]
) -> Float[Tensor, ""]:
    r"""$\frac12 E\,\sigma^2 \left\lVert s(x + \sigma z, \sigma) + \frac{z}{\sigma} \right\rVert^2$: guess the noise.

    $-z/\sigma$ is the score of the noisy point if its clean one is known; the best guess of it from the noisy point
    alone is the score of the noisy data. The weight $\sigma^2$ makes all levels count alike.
    Vincent 2011, https://doi.org/10.1162/NECO_a_00142; Song and Ermon 2019, https://arxiv.org/abs/1907.05600
    """
    if noise.shape != clean.shape:
        raise ValueError(f"points {tuple(clean.shape)} and noise {tuple(noise.shape)} must have the same shape")
    sigma = across(std, clean)
    residual = sigma * score(clean + sigma * noise, std) + noise
    return 0.5 * residual.square().sum(dim=1).mean()


def by_denoising(network: ScoreNetwork, draw: torch.Generator | None = None) -> Callable[[Batch], Tensor]:
    """The denoising loss of a batch, with fresh noise each time."""
    return lambda batch: denoising_loss(network, *batch, normal_like(batch[0], draw))


def by_slices(network: ScoreNetwork, draw: torch.Generator | None = None) -> Callable[[Batch], Tensor]:
    r"""The sliced loss of a batch with noise on it, one direction for each point, weighted by $\sigma^2$ as the other.

    It sees noisy points and not what noise was added: what the score of any data must be learned from.
    """

    def loss(batch: Batch) -> Tensor:
        clean, std = batch
        noisy = clean + std[:, None] * normal_like(clean, draw)
        # sigma s(x) with derivative by x / sigma: the same loss times sigma squared at every point
        scaled = (noisy / std[:, None]).detach()
        directions = signs(1, clean, draw)
        return sliced_loss(lambda u: std[:, None] * network(u * std[:, None], std), scaled, directions)

    return loss


def noisy_batches(
    sample: Callable[[int, torch.Generator | None], Tensor],
    size: int,
    low: float,
    high: float,
    draw: torch.Generator | None = None,
) -> Iterator[Batch]:
    """Fresh points without end, each with a noise level between `low` and `high`, evenly in the logarithm.

    Raises ValueError unless 0 < low <= high.
    """
    if not 0 < low <= high:
        raise ValueError(f"noise levels lie between low and high, both greater than 0: {low}, {high}")
    while True:
        clean = sample(size, draw)
        share = torch.rand(size, generator=draw, device=drawn_on(draw, clean))
        yield clean, low * (high / low) ** share.to(clean)


def fit_score(
    network: ScoreNetwork,
    loss: Callable[[Batch], Tensor],
    batches: Iterator[Batch],
    steps: int,
    rate: float = 5e-3,
    report: Report | None = None,
) -> History:
    """Train a network on one of the losses, with Adam and a learning rate that rises, then falls in a straight line."""
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    return fit(loss, batches, optimizer, steps, schedule=linear(steps // 20, steps), clip=1.0, report=report)


@torch.no_grad()
def relative_error(
    score: Callable[[Tensor, Level], Tensor],
    mixture: GaussianMixture,
    std: float,
    count: int = 4000,
    draw: torch.Generator | None = None,
) -> float:
    r"""How far a score is from the exact one: $\sqrt{E \lVert s - s^* \rVert^2 / E \lVert s^* \rVert^2}$.

    Measured on points of the mixture under noise of `std`: 0 for the exact score, 1 for one that says 0 everywhere.
    """
    x = mixture.sample(count, draw)
    x = x + std * normal_like(x, draw)
    exact = mixture.score(x, 1.0, std)
    return ((score(x, std) - exact).square().sum() / exact.square().sum()).sqrt().item()
