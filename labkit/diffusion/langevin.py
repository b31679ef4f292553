"""Langevin dynamics: walk uphill on the log density and be shaken just so much that the places visited are a sample.

Axes: n examples, d whatever an example is made of, levels noise levels.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.diffusion.noise_level import Level
from labkit.nn.kinds import normal_like


def langevin_step(
    score: Float[Tensor, "n ..."], x: Float[Tensor, "n ..."], step: float | Tensor, noise: Float[Tensor, "n ..."]
) -> Float[Tensor, "n ..."]:
    r"""One step of size $\alpha$ from the score at x: $x + \frac{\alpha}{2} \nabla \log p(x) + \sqrt{\alpha}\,z$."""
    step = torch.as_tensor(step, dtype=x.dtype, device=x.device)
    return x + 0.5 * step * score + step.sqrt() * noise


def langevin(
    score: Callable[[Tensor], Tensor],
    x: Float[Tensor, "n ..."],
    step: float,
    steps: int,
    draw: torch.Generator | None = None,
) -> Float[Tensor, "n ..."]:
    """Take `steps` steps of size `step` from `x`, on the score of one density: many small ones sample from it.

    A walker crosses from one mode to another only by chance, so how many end in each tells more of where they started
    than of the weights. Raises ValueError for a step that is not greater than 0.
    """
    if step <= 0:
        raise ValueError(f"a step must be greater than 0, not {step}")
    for _ in range(steps):
        x = langevin_step(score(x), x, step, normal_like(x, draw))
    return x


def annealed_langevin(
    score: Callable[[Tensor, Level], Tensor],
    x: Float[Tensor, "n ..."],
    stds: Float[Tensor, " levels"],
    step: float,
    steps: int,
    draw: torch.Generator | None = None,
) -> Float[Tensor, "n ..."]:
    r"""Langevin dynamics from much noise to little: at each level `steps` steps of $\epsilon \sigma_i^2/\sigma_L^2$.

    `score(x, std)` is that of the data under noise of standard deviation `std`. Much noise fills the valleys between
    modes, where walkers sort themselves by weight before the valleys open; `step` is the last level's. Raises
    ValueError unless the levels fall. Song and Ermon 2019, https://arxiv.org/abs/1907.05600
    """
    if len(stds) < 1 or (stds <= 0).any() or (stds.diff() >= 0).any():
        raise ValueError(f"noise levels fall from much to little, all greater than 0: {stds.tolist()}")
    for std in stds:
        size = step * float(std / stds[-1]) ** 2
        x = langevin(lambda y, level=std: score(y, level), x, size, steps, draw)
    return x
