r"""The probability flow: an ordinary differential equation that moves the data to noise and back, without any dice.

$\frac{dx}{dt} = f(x, t) - \frac12 g(t)^2 \nabla \log p_t(x)$ has the densities $p_t$ of its stochastic twin at every
time. As each point moves on a path of its own, the density is known as well.

Song et al. 2021, https://arxiv.org/abs/2011.13456

Axes: n examples, d dimensions, moments points in time, probes random directions.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.diffusion.sde import SDE, Score
from labkit.nn.kinds import drawn_on

Field = Callable[[Tensor], Tensor]
Divergence = Callable[[Field, Tensor], tuple[Tensor, Tensor]]  # of a field at x: its value (n d), its divergence (n)


def flow(
    sde: SDE, score: Score, x: Float[Tensor, "n ..."], times: Float[Tensor, " moments"]
) -> Float[Tensor, "moments n ..."]:
    """Where each example is at each of `times`, rising or falling; x is where it is at the first of them.

    Runge and Kutta's rule of fourth order: halving the steps makes the error about 16 times smaller.
    """
    path = [x]
    for t, after in zip(times.tolist(), times[1:].tolist(), strict=False):
        x = _runge_kutta(lambda y, s: sde.velocity(score, y, s), x, t, after - t)
        path.append(x)
    return torch.stack(path)


def log_likelihood(
    sde: SDE,
    score: Score,
    x: Float[Tensor, "n d"],
    times: Float[Tensor, " moments"],
    divergence: Divergence,
    log_prior: Callable[[Tensor], Tensor] | None = None,
) -> Float[Tensor, " n"]:
    r"""Log density of clean points in nats: $\log p_0(x_0) = \log p_1(x_1) + \int_0^1 \nabla \cdot v(x_t, t)\,dt$.

    What the flow squeezes together grows denser by what its divergence says. `times` rise from the data (0, or a little
    later for a learned score that never saw less noise) to 1; `log_prior` is the density there, the equation's own if
    None. Raises ValueError unless the times rise to 1. Chen et al. 2018, https://arxiv.org/abs/1806.07366
    """
    if len(times) < 2 or (times.diff() <= 0).any() or times[0] < 0 or abs(times[-1].item() - 1) > 1e-6:
        raise ValueError(f"times rise from the data (0) to noise (1): {times[:3].tolist()} .. {times[-1:].tolist()}")

    def motion(state: Tensor, t: float) -> Tensor:
        velocity, spread = divergence(lambda y: sde.velocity(score, y, t), state[:, :-1])
        return torch.cat([velocity, spread[:, None]], dim=1)

    state = torch.cat([x, torch.zeros_like(x[:, :1])], dim=1)  # n d+1: the point, and the integral so far
    for t, after in zip(times.tolist(), times[1:].tolist(), strict=False):
        state = _runge_kutta(motion, state, t, after - t)
    return (log_prior or sde.log_prior)(state[:, :-1]) + state[:, -1]


def exact_divergence(field: Field, x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "n d"], Float[Tensor, " n"]]:
    r"""The field at x and $\sum_i \partial v_i / \partial x_i$: one backward pass for each dimension."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        value = field(x)
        total = torch.zeros_like(x[:, 0])
        for i in range(x.shape[1]):
            total = total + torch.autograd.grad(value[:, i].sum(), x, retain_graph=True)[0][:, i]
    return value.detach(), total.detach()


def hutchinson(directions: Float[Tensor, "probes n d"]) -> Divergence:
    r"""The divergence as the mean of $\epsilon^T \frac{\partial v}{\partial x} \epsilon$ over random directions.

    Right on average if $E[\epsilon \epsilon^T] = I$, and one backward pass for each probe, however many dimensions. The
    same directions serve the whole path, so that the equation solved is one equation.
    Hutchinson 1990, https://doi.org/10.1080/03610919008812866; Grathwohl et al. 2019, https://arxiv.org/abs/1810.01367
    """

    def estimate(field: Field, x: Tensor) -> tuple[Tensor, Tensor]:
        if directions.shape[1:] != x.shape:
            raise ValueError(f"directions are (probes, {len(x)}, {x.shape[1]}) here, not {tuple(directions.shape)}")
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            value = field(x)
            total = torch.zeros_like(x[:, 0])
            for direction in directions:
                (pulled,) = torch.autograd.grad((value * direction).sum(), x, retain_graph=True)
                total = total + (pulled * direction).sum(dim=1)
        return value.detach(), (total / len(directions)).detach()

    return estimate


def signs(probes: int, x: Float[Tensor, "n d"], draw: torch.Generator | None = None) -> Float[Tensor, "probes n d"]:
    r"""Random directions of plus and minus ones (Rademacher's), for which $E[\epsilon \epsilon^T] = I$."""
    coins = torch.randint(0, 2, (probes, *x.shape), generator=draw, device=drawn_on(draw, x))
    return (2 * coins - 1).to(x)


def _runge_kutta(motion: Callable[[Tensor, float], Tensor], x: Tensor, t: float, h: float) -> Tensor:
    first = motion(x, t)
    second = motion(x + h / 2 * first, t + h / 2)
    third = motion(x + h / 2 * second, t + h / 2)
    fourth = motion(x + h * third, t + h)
    return x + h / 6 * (first + 2 * second + 2 * third + fourth)
