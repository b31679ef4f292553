import math
import warnings

import pytest
import torch

from labkit.data.mixtures import ring
from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.sde import VESDE, VPSDE

BOTH = [VESDE(0.05, 8.0), VPSDE()]
TIMES = torch.linspace(0.02, 0.98, 13).double()
MIXTURE = GaussianMixture.of(ring(scale=0.3)).double()


def name(sde) -> str:
    return type(sde).__name__


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_the_kernel_solves_the_equation(sde):
    r"""For $dx = c(t) x dt + g dw$: $\dot a = c a$ and $\frac{d\sigma^2}{dt} = 2 c \sigma^2 + g^2$."""
    t = TIMES.clone().requires_grad_()
    shrink, variance = sde.shrink(t) * (1 + 0 * t), sde.std(t) ** 2
    (shrink_rate,) = torch.autograd.grad(shrink.sum(), t, allow_unused=False)
    (variance_rate,) = torch.autograd.grad(variance.sum(), t)
    factor = sde.drift(torch.ones(len(TIMES), 1).double(), TIMES)[:, 0]
    torch.testing.assert_close(shrink_rate, factor * sde.shrink(TIMES))
    torch.testing.assert_close(variance_rate, 2 * factor * sde.std(TIMES) ** 2 + sde.diffusion(TIMES) ** 2)


def test_the_exploding_equation_leaves_the_data_and_explodes():
    sde = VESDE(0.01, 50.0)
    assert sde.shrink(0.7) == 1
    assert sde.std(0.0).item() == pytest.approx(0.01)
    assert sde.std(1.0).item() == pytest.approx(50.0)
    assert sde.std(0.5).item() == pytest.approx(math.sqrt(0.5))
    assert not sde.drift(torch.ones(2, 2), 0.5).any()


def test_the_preserving_equation_preserves():
    sde = VPSDE()
    torch.testing.assert_close(sde.shrink(TIMES) ** 2 + sde.std(TIMES) ** 2, torch.ones_like(TIMES))
    assert sde.std(0.0) == 0
    assert sde.shrink(1.0).item() == pytest.approx(math.exp(-0.5 * 10.05))


def test_the_preserving_equation_is_ddpm_with_short_steps():
    r"""Ho et al.'s chain of $\beta_i = \beta(i/N)/N$ keeps $\prod (1 - \beta_i)$: the same in the limit."""
    sde, steps = VPSDE(), 100_000
    kept = (1 - sde.beta(torch.arange(1, steps + 1).double() / steps) / steps).log().cumsum(dim=0)
    for t in (0.1, 0.5, 1.0):
        assert 2 * sde.log_shrink(t).item() == pytest.approx(kept[round(t * steps) - 1].item(), rel=2e-3)


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_many_short_steps_forward_make_the_kernel(sde):
    """Euler and Maruyama's rule from one point, by moments that it has exactly: mean and variance obey recursions."""
    steps, mean, variance = 3000, torch.ones(1, 1).double(), sde.std(0.0).item() ** 2
    for i in range(steps):
        t = i / steps
        factor = sde.drift(torch.ones(1, 1).double(), t).item() / steps
        mean, variance = mean * (1 + factor), variance * (1 + factor) ** 2 + sde.diffusion(t).item() ** 2 / steps
    assert mean.item() == pytest.approx(sde.shrink(1.0).item(), rel=2e-2)
    assert variance == pytest.approx(sde.std(1.0).item() ** 2, rel=2e-2)


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_densities_obey_the_fokker_planck_equation(sde):
    r"""$\partial_t p_t = -\nabla \cdot (v p_t)$ for the probability flow's velocity $v$, on the exact mixture."""
    x = torch.randn(40, 2).double() * 2
    score, t, h = sde.score_of(MIXTURE), 0.4, 1e-5

    def log_density(time):
        return MIXTURE.log_density(x, sde.shrink(time), sde.std(time))

    x.requires_grad_()
    velocity = sde.velocity(score, x, t)
    divergence = sum(torch.autograd.grad(velocity[:, i].sum(), x, retain_graph=True)[0][:, i] for i in range(2))
    rate = (log_density(t + h) - log_density(t - h)) / (2 * h)
    torch.testing.assert_close(rate, -divergence - (velocity * score(x, t)).sum(dim=1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_the_flow_is_midway_between_forward_and_backward(sde):
    x, score = torch.randn(6, 2).double(), sde.score_of(MIXTURE)
    halfway = (sde.drift(x, 0.3) + sde.reverse_drift(score, x, 0.3)) / 2
    torch.testing.assert_close(sde.velocity(score, x, 0.3), halfway)
    assert (sde.reverse_drift(score, x, 0.3) - sde.drift(x, 0.3)).abs().max() > 0.1


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_perturbed_data_have_the_moments_of_the_kernel(sde):
    clean, noise = torch.full((3, 2), 2.0), torch.ones(3, 2)
    t = torch.tensor([0.1, 0.5, 0.9])
    expected = 2 * sde.shrink(t) + sde.std(t)
    torch.testing.assert_close(sde.perturb(clean, t, noise), expected[:, None].expand(3, 2))


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_the_prior_is_what_the_data_become(sde):
    noise = sde.prior(50_000, 2, torch.Generator().manual_seed(0))
    assert noise.std().item() == pytest.approx(sde.std(1.0).item(), rel=0.02)
    peer = torch.distributions.Normal(0.0, sde.std(1.0).item())
    x = noise[:9]
    torch.testing.assert_close(sde.log_prior(x), peer.log_prob(x).sum(dim=1))
    exact = MIXTURE.log_density(x.double(), sde.shrink(1.0), sde.std(1.0))
    torch.testing.assert_close(sde.log_prior(x).double(), exact, atol=0.15, rtol=0)


def test_diffusers_has_the_same_levels_of_noise():
    """Its grid of exploding levels, read at ours; its preserving scheduler keeps none, its step shows them below."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from diffusers import ScoreSdeVeScheduler
    peer = ScoreSdeVeScheduler(num_train_timesteps=50, sigma_min=0.05, sigma_max=8.0)
    torch.testing.assert_close(VESDE(0.05, 8.0).std(torch.linspace(0, 1, 50)), peer.discrete_sigmas)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: VESDE(2.0, 1.0), "low to high"),
        (lambda: VESDE(0.0, 1.0), "greater than 0"),
        (lambda: VPSDE(-1.0, 1.0), "greater than 0"),
        (lambda: VPSDE().perturb(torch.zeros(2, 2), 1.5, torch.zeros(2, 2)), "0 .data. to 1"),
        (lambda: VPSDE().perturb(torch.zeros(2, 2), torch.tensor([0.1, 0.2, 0.3]), torch.zeros(2, 2)), "each example"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
