import math

import pytest
import torch
from torch import nn

from labkit.data.mixtures import ring
from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.probability_flow import exact_divergence, flow, hutchinson, log_likelihood, signs
from labkit.diffusion.sde import VESDE, VPSDE

BOTH = [VESDE(0.05, 8.0), VPSDE()]
MIXTURE = GaussianMixture.of(ring(scale=0.3)).double()


def name(sde) -> str:
    return type(sde).__name__


def exact_prior(sde):
    return lambda x: MIXTURE.log_density(x, sde.shrink(1.0), sde.std(1.0))


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_on_a_gaussian_a_point_keeps_its_place_in_standard_deviations(sde):
    data, x = 0.49, torch.tensor([[0.5, -1.0], [2.0, 0.1]]).double()
    total = lambda t: sde.shrink(t) ** 2 * data + sde.std(t) ** 2  # noqa: E731
    times = torch.linspace(0, 1, 81).double()
    path = flow(sde, lambda y, t: -y / total(t), x, times)
    expected = x * (total(times) / total(0.0)).sqrt()[:, None, None]
    torch.testing.assert_close(path, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_there_and_back_again(sde):
    x, times = MIXTURE.sample(20, torch.Generator().manual_seed(0)), torch.linspace(0.0, 1, 201).double()
    noise = flow(sde, sde.score_of(MIXTURE), x, times)[-1]
    torch.testing.assert_close(flow(sde, sde.score_of(MIXTURE), noise, times.flip(0))[-1], x, atol=2e-3, rtol=0)


def test_the_error_falls_with_the_fourth_power_of_the_step():
    sde, x = VPSDE(), MIXTURE.sample(20, torch.Generator().manual_seed(0))
    ends = [flow(sde, sde.score_of(MIXTURE), x, torch.linspace(0, 1, n + 1).double())[-1] for n in (40, 80, 320)]
    errors = [(end - ends[2]).norm().item() for end in ends[:2]]
    assert 9 < errors[0] / errors[1] < 30, errors


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_likelihood_is_the_exact_density(sde):
    """On and far off the data, against the mixture in closed form, in float64."""
    x = torch.cat([MIXTURE.sample(30, torch.Generator().manual_seed(0)), torch.tensor([[0.0, 0.0], [4.0, 4.0]])])
    times = torch.linspace(0, 1, 161).double()
    found = log_likelihood(sde, sde.score_of(MIXTURE), x, times, exact_divergence, exact_prior(sde))
    torch.testing.assert_close(found, MIXTURE.log_density(x, 1.0, sde.std(0.0)), atol=1e-4, rtol=1e-4)


def test_the_prior_of_the_equation_is_nearly_exact():
    sde, x = VPSDE(), MIXTURE.sample(20, torch.Generator().manual_seed(0))
    found = log_likelihood(sde, sde.score_of(MIXTURE), x, torch.linspace(0, 1, 81).double(), exact_divergence)
    torch.testing.assert_close(found, MIXTURE.log_density(x), atol=0.05, rtol=0)


def test_the_density_integrates_to_one():
    sde, side = VPSDE(), torch.linspace(-4, 4, 41).double()
    x = torch.cartesian_prod(side, side)
    found = log_likelihood(sde, sde.score_of(MIXTURE), x, torch.linspace(0, 1, 31).double(), exact_divergence)
    assert (found.exp().sum() * (side[1] - side[0]) ** 2).item() == pytest.approx(1, abs=0.01)


def test_divergence_is_the_trace_of_the_jacobian():
    field = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 3)).double()
    x = torch.randn(4, 3).double()
    value, found = exact_divergence(field, x)
    jacobians = torch.stack([torch.autograd.functional.jacobian(field, point) for point in x])
    torch.testing.assert_close(value, field(x).detach())
    torch.testing.assert_close(found, jacobians.diagonal(dim1=1, dim2=2).sum(dim=1))


def test_hutchinson_on_all_signs_is_exact_and_on_one_it_is_the_quadratic_form():
    field = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)).double()
    x = torch.randn(4, 2).double()
    every = torch.tensor([[1.0, 1.0], [1.0, -1.0]]).double()[:, None].expand(2, 4, 2)
    value, found = hutchinson(every)(field, x)
    torch.testing.assert_close(value, field(x).detach())
    torch.testing.assert_close(found, exact_divergence(field, x)[1])
    matrix = torch.tensor([[1.0, 2.0], [5.0, 3.0]]).double()
    direction = torch.tensor([1.0, -1.0]).double().expand(1, 4, 2)
    form = hutchinson(direction)(lambda y: y @ matrix, x)[1]
    torch.testing.assert_close(form, torch.full((4,), 1.0 - 2 - 5 + 3).double())


def test_hutchinsons_mean_comes_closer_with_more_probes():
    sde, x = VPSDE(), MIXTURE.sample(200, torch.Generator().manual_seed(0))
    times, score, draw = torch.linspace(0, 1, 41).double(), sde.score_of(MIXTURE), torch.Generator().manual_seed(1)
    exact = log_likelihood(sde, score, x, times, exact_divergence)
    errors = [log_likelihood(sde, score, x, times, hutchinson(signs(k, x, draw))) - exact for k in (1, 16)]
    assert errors[1].abs().mean() < 0.5 * errors[0].abs().mean()
    for error, probes in zip(errors, (1, 16), strict=True):
        assert error.mean().abs() < 4 * error.std() / math.sqrt(len(x)), f"{probes} probes are right on average"


def test_signs_are_fair():
    found = signs(2000, torch.zeros(3, 2), torch.Generator().manual_seed(0))
    assert found.shape == (2000, 3, 2)
    assert set(found.unique().tolist()) == {-1.0, 1.0}
    assert found.mean().abs() < 0.03


@pytest.mark.parametrize("times", [[0.0], [1.0, 0.0], [0.0, 0.5], [-0.1, 1.0]])
def test_times_that_do_not_rise_to_one_are_refused(times):
    sde = VPSDE()
    with pytest.raises(ValueError, match="times rise"):
        log_likelihood(sde, sde.score_of(MIXTURE), torch.zeros(2, 2).double(), torch.tensor(times), exact_divergence)


def test_directions_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="directions are"):
        hutchinson(torch.ones(1, 3, 2))(lambda x: x, torch.zeros(4, 2))
