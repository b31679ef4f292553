import math

import pytest
import torch
from diffusers import ScoreSdeVeScheduler
from diffusers.schedulers.deprecated.scheduling_sde_vp import ScoreSdeVpScheduler

from labkit.data.mixtures import ring
from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.reverse_sde import correct, predict, predictor_corrector, reverse_sde
from labkit.diffusion.sde import VESDE, VPSDE

BOTH = [VESDE(0.05, 8.0), VPSDE()]
MIXTURE = GaussianMixture.of(ring(scale=0.3))


def name(sde) -> str:
    return type(sde).__name__


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_steps_are_those_of_diffusers_preserving_scheduler():
    """It takes the guessed noise for the score, and steps of 1/N on times that are (1 - eps)/(N - 1) apart."""
    count, sde, x = 10, VPSDE(), torch.randn(5, 2, generator=drawn())
    peer = ScoreSdeVpScheduler(beta_min=0.1, beta_max=20, sampling_eps=1e-3)
    peer.set_timesteps(count)
    for t in (1.0, 0.4):
        noise = torch.randn(5, 2, generator=drawn(1))
        theirs, _ = peer.step_pred(noise, x, torch.tensor(t), drawn(2))
        ours = reverse_sde(
            sde, lambda y, s, z=noise: -z / sde.std(s).float(), x, torch.tensor([t, t - 1 / count]), drawn(2)
        )
        torch.testing.assert_close(ours[1], theirs)


def test_steps_are_those_of_diffusers_exploding_scheduler():
    """Its step uses the exact noise between two levels of its grid; its score is a score."""
    count, sde, x = 20, VESDE(0.05, 8.0), torch.randn(5, 2, generator=drawn())
    peer = ScoreSdeVeScheduler(num_train_timesteps=count, sigma_min=0.05, sigma_max=8.0, snr=0.16)
    peer.set_timesteps(count)
    for index in (19, 7):
        t, score = index / (count - 1), torch.randn(5, 2, generator=drawn(1))
        theirs = peer.step_pred(score, t + 1e-6, x, drawn(2)).prev_sample
        ours = predict(sde, lambda y, s, value=score: value, x, t, t - 1 / (count - 1), drawn(2))
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
        corrected = peer.step_correct(score, x, drawn(3)).prev_sample
        torch.testing.assert_close(correct(score, x, 0.16, drawn(3)), corrected)


def test_the_reverse_diffusion_step_of_the_preserving_equation_by_hand():
    r"""The paper's $(2 - \sqrt{1 - \beta})\,x + \beta s + \sqrt{\beta} z$ with $1 - \beta = (a(t)/a(s))^2$."""
    sde, x, score = VPSDE(), torch.randn(4, 2, generator=drawn()), torch.randn(4, 2, generator=drawn(1))
    kept = (sde.shrink(0.8) / sde.shrink(0.7)).item()
    noise, beta = torch.randn(4, 2, generator=drawn(2)), 1 - kept**2
    found = predict(sde, lambda y, t: score, x, 0.8, 0.7, drawn(2))
    torch.testing.assert_close(found, (2 - kept) * x + beta * score + beta**0.5 * noise)


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_on_a_gaussian_the_variance_follows_the_recursion(sde):
    r"""With a linear score each step is $x' = m x + g\sqrt{h} z$: its variance is known at every time."""
    data, times = 0.49, torch.linspace(1, 0.05, 30).double()
    total = lambda t: (sde.shrink(t) ** 2 * data + sde.std(t) ** 2).item()  # noqa: E731
    start = math.sqrt(total(1.0)) * torch.randn(60_000, 1, generator=drawn()).double()
    path = reverse_sde(sde, lambda x, t: -x / total(t), start, times, drawn(1))
    expected = total(1.0)
    for i, (t, after) in enumerate(zip(times.tolist(), times[1:].tolist(), strict=False)):
        h, rate = t - after, sde.drift(torch.ones(1, 1).double(), t).item()
        g2 = sde.diffusion(t).item() ** 2
        expected = (1 - h * (rate + g2 / total(t))) ** 2 * expected + g2 * h
        assert path[i + 1].var().item() == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("sde", BOTH, ids=name)
def test_the_finer_the_steps_the_closer_to_the_data(sde):
    """Error of the variance on Gaussian data, from the recursion alone: ten times the steps, a tenth of it or less."""
    data = 0.49

    def error(steps: int) -> float:
        total = lambda t: (sde.shrink(t) ** 2 * data + sde.std(t) ** 2).item()  # noqa: E731
        found = total(1.0)
        for i in range(steps):
            t, h = 1 - i / steps, 1 / steps
            rate, g2 = sde.drift(torch.ones(1, 1).double(), t).item(), sde.diffusion(t).item() ** 2
            found = (1 - h * (rate + g2 / total(t))) ** 2 * found + g2 * h
        return abs(found / total(0.0) - 1)

    assert error(200) < 0.3
    assert error(1000) < error(100) / 5


@pytest.mark.parametrize("sde", BOTH, ids=name)
@pytest.mark.parametrize("sampler", [reverse_sde, predictor_corrector])
def test_with_the_exact_score_the_samples_are_the_data(sde, sampler):
    start = sde.prior(2000, 2, drawn())
    x = sampler(sde, sde.score_of(MIXTURE), start, torch.linspace(1, 0.002, 150), draw=drawn(1))[-1]
    fresh = MIXTURE.sample(2000, drawn(2))
    assert MIXTURE.log_density(x).mean().item() == pytest.approx(MIXTURE.log_density(fresh).mean().item(), abs=0.15)
    share = torch.bincount(torch.cdist(x, MIXTURE.centers).argmin(dim=1), minlength=8) / 2000
    assert (share - 1 / 8).abs().max() < 0.04


def test_each_prediction_is_corrected_at_the_time_it_came_to():
    """The same draws by hand: predict from t, correct with the score of the earlier time."""
    sde, times, start = VESDE(0.05, 8.0), torch.tensor([1.0, 0.75, 0.5, 0.25]), torch.randn(6, 2, generator=drawn())
    score, draw, expected = sde.score_of(MIXTURE), drawn(3), [start]
    for t in times[:-1].tolist():
        x = predict(sde, score, expected[-1], t, t - 0.25, draw)
        expected.append(correct(score(x, t - 0.25), x, 0.3, draw))  # alpha is 1: nothing shrinks here
    found = predictor_corrector(sde, score, start, times, 0.3, drawn(3))
    torch.testing.assert_close(found, torch.stack(expected))


def test_the_path_begins_where_it_begins_and_draws_fresh_noise():
    sde, start = VPSDE(), torch.randn(3, 2)
    runs = [reverse_sde(sde, sde.score_of(MIXTURE), start, torch.linspace(1, 0, 5), drawn(seed)) for seed in (0, 0, 1)]
    assert torch.equal(runs[0][0], start)
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0][-1], runs[2][-1])


@pytest.mark.parametrize("times", [[1.0], [0.2, 0.4], [1.2, 0.5], [0.5, -0.1], [0.5, 0.5]])
@pytest.mark.parametrize("sampler", [reverse_sde, predictor_corrector])
def test_times_that_do_not_fall_are_refused(sampler, times):
    sde = VPSDE()
    with pytest.raises(ValueError, match="times fall"):
        sampler(sde, sde.score_of(MIXTURE), torch.zeros(2, 2), torch.tensor(times))


def test_the_correction_is_smaller_by_alpha_where_the_data_shrink():
    r"""Song et al., algorithm 5: $\epsilon = 2 \alpha (r |z| / |s|)^2$ with $\alpha = 1 - \beta$ of the step."""
    sde, times, start = VPSDE(), torch.tensor([1.0, 0.9, 0.8]), torch.randn(6, 2, generator=drawn())
    score, draw, x = sde.score_of(MIXTURE), drawn(3), start
    for t in (1.0, 0.9):
        x = predict(sde, score, x, t, t - 0.1, draw)
        s, z = score(x, t - 0.1), torch.randn(6, 2, generator=draw)
        beta = 1 - math.exp(-(0.1 * sde.low + (sde.high - sde.low) * ((t - 0.1) ** 2 - (t - 0.2) ** 2) / 2))
        step = 2 * (1 - beta) * (0.3 * z.norm(dim=1).mean() / s.norm(dim=1).mean()) ** 2
        x = x + step * s + (2 * step).sqrt() * z
    found = predictor_corrector(sde, score, start, times, 0.3, drawn(3))
    torch.testing.assert_close(found[-1], x, rtol=1e-4, atol=1e-4)
