"""Data from noise, by running a stochastic differential equation backward in time.

Axes: n examples, d whatever an example is made of, moments points in time.
"""

import itertools

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from labkit.diffusion.langevin import langevin_step
from labkit.diffusion.noise_level import across
from labkit.diffusion.sde import SDE, Score
from labkit.nn.kinds import normal_like


def reverse_sde(
    sde: SDE,
    score: Score,
    x: Float[Tensor, "n ..."],
    times: Float[Tensor, " moments"],
    draw: torch.Generator | None = None,
) -> Float[Tensor, "moments n ..."]:
    r"""Where each example is at each of the falling `times`, by Euler and Maruyama's rule; x is where it starts.

    $x_{t - h} = x_t - h\,[f(x_t, t) - g(t)^2 \nabla \log p_t(x_t)] + g(t) \sqrt{h}\,z$

    Song et al. 2021, https://arxiv.org/abs/2011.13456. Raises ValueError unless times fall within 1 .. 0.
    """
    path = [x]
    for t, h in legs(times):
        noise = normal_like(x, draw)
        x = x - h * sde.reverse_drift(score, x, t) + sde.diffusion(t) * h**0.5 * noise
        path.append(x)
    return torch.stack(path)


def predict(
    sde: SDE,
    score: Score,
    x: Float[Tensor, "n ..."],
    t: float,
    earlier: float,
    draw: torch.Generator | None = None,
) -> Float[Tensor, "n ..."]:
    r"""The paper's reverse diffusion step: the noise that came in from `earlier` to t taken exactly, not as a rate.

    Forward $x_t = A\,x_s + B z$ with $A = a(t)/a(s)$ and $B^2 = \sigma(t)^2 - A^2 \sigma(s)^2$; backward
    $x_s = (2 - A)\,x_t + B^2 \nabla \log p_t(x_t) + B z$.
    """
    kept = sde.kept(t, earlier)
    variance = across(sde.std(t) ** 2 - (kept * sde.std(earlier)) ** 2, x)  # the difference in float64
    kept = across(kept, x)
    noise = normal_like(x, draw)
    return (2 - kept) * x + variance * score(x, t) + variance.sqrt() * noise


def correct(
    score: Float[Tensor, "n ..."],
    x: Float[Tensor, "n ..."],
    ratio: float,
    draw: torch.Generator | None = None,
    kept: float | Tensor = 1.0,
) -> Float[Tensor, "n ..."]:
    r"""A Langevin step that keeps x at its time; `ratio` $r$ is its signal-to-noise ratio.

    $x + \epsilon s + \sqrt{2 \epsilon}\,z$ with $\epsilon = 2 \alpha (r \lVert z \rVert / \lVert s \rVert)^2$, norms
    averaged over the examples. `kept` is $\alpha$: 1 for the variance exploding equation, and $1 - \beta$ of the step
    for the variance preserving one (`SDE.kept` squared).
    Song et al. 2021, algorithms 4 and 5, https://arxiv.org/abs/2011.13456
    """
    noise = normal_like(x, draw)
    lengths = [rearrange(values, "n ... -> n (...)").norm(dim=1).mean() for values in (noise, score)]
    step = 2 * kept * (ratio * lengths[0] / lengths[1]) ** 2
    return langevin_step(score, x, 2 * step, noise)


def predictor_corrector(
    sde: SDE,
    score: Score,
    x: Float[Tensor, "n ..."],
    times: Float[Tensor, " moments"],
    ratio: float = 0.16,
    draw: torch.Generator | None = None,
) -> Float[Tensor, "moments n ..."]:
    """As `reverse_sde`, with a Langevin step at each time after the step to it: it mends what the step got wrong.

    Song et al. 2021, https://arxiv.org/abs/2011.13456. Raises ValueError unless times fall within 1 .. 0.
    """
    path = [x]
    for t, h in legs(times):
        x = predict(sde, score, x, t, t - h, draw)
        alpha = float(sde.kept(t - h, max(t - 2 * h, 0.0))) ** 2
        x = correct(score(x, t - h), x, ratio, draw, alpha)
        path.append(x)
    return torch.stack(path)


def legs(times: Float[Tensor, " moments"]) -> list[tuple[float, float]]:
    """Each time and how far it is from the next one, falling. Raises ValueError unless all lie within 1 .. 0."""
    found = times.tolist()
    if len(found) < 2 or found[0] > 1 or found[-1] < 0 or any(a <= b for a, b in itertools.pairwise(found)):
        raise ValueError(f"times fall, from 1 or less to 0 or more: {found[:3]} .. {found[-1:]}")
    return [(t, t - after) for t, after in itertools.pairwise(found)]
