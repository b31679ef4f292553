import pytest
import torch

from labkit.diffusion.ddim import ddim_step
from labkit.diffusion.ddpm import ddpm_step
from labkit.diffusion.sampling import sample, trajectory
from labkit.diffusion.schedules import cosine_schedule, linear_schedule, timesteps

KEPT = linear_schedule(1000).double()
CENTERS = torch.tensor([[-2.0], [1.0]]).double()


def two_points(x, t):
    """The exact noise for data at -2 (three of ten) and 1 (seven of ten), from Bayes' rule."""
    kept = KEPT[t][:, None]
    log = -(x - kept.sqrt() * CENTERS.T).square() / (2 * (1 - kept)) + torch.tensor([0.3, 0.7]).double().log()
    clean = log.softmax(dim=1) @ CENTERS  # n 1
    return (x - kept.sqrt() * clean) / (1 - kept).sqrt()


@pytest.mark.parametrize(("step", "count"), [(ddpm_step, 1000), (ddpm_step, 250), (ddim_step, 100)])
def test_with_the_exact_noise_the_samples_are_the_data(step, count):
    x = sample(two_points, torch.randn(1500, 1).double(), KEPT, timesteps(1000, count), step, clip=None)
    nearest = (x - CENTERS.T).abs()
    assert (nearest.amin(dim=1) < 0.1).float().mean() > 0.98
    assert (nearest.argmin(dim=1) == 0).float().mean().item() == pytest.approx(0.3, abs=0.05)


def test_one_noise_one_sample_without_fresh_noise():
    x = torch.randn(50, 1).double()
    once, twice = (sample(two_points, x, KEPT, timesteps(1000, 20), ddim_step) for _ in range(2))
    assert torch.equal(once, twice)
    once, twice = (sample(two_points, x, KEPT, timesteps(1000, 20), ddpm_step) for _ in range(2))
    assert (once - twice).abs().max() > 0.5


def test_the_walk_with_bounds_is_that_of_diffusers():
    """Clipping the guess and taking the noise that agrees with it."""
    from diffusion.peers import scheduler

    kept = cosine_schedule(1000)
    weight = torch.randn(1, 1, 4, 4)
    told = lambda x, t: x * weight + t.view(-1, 1, 1, 1) / 1000  # noqa: E731 - any function of both will do
    start = theirs = torch.randn(3, 1, 4, 4)
    peer = scheduler("DDIMScheduler", kept, 20, clip=True)
    for t in peer.timesteps:
        theirs = peer.step(told(theirs, t.expand(3)), t, theirs, use_clipped_model_output=True).prev_sample
    torch.testing.assert_close(sample(told, start, kept, timesteps(1000, 20), ddim_step), theirs, rtol=1e-4, atol=1e-4)


def test_a_trajectory_is_the_walk_with_its_stops():
    x, times = torch.randn(5, 1).double(), timesteps(1000, 10)
    path = trajectory(two_points, x, KEPT, times, ddim_step, clip=None)
    torch.testing.assert_close(path.end, sample(two_points, x, KEPT, times, ddim_step, clip=None))
    assert path.noisy.shape == path.guesses.shape == (10, 5, 1)
    assert path.times == times
    torch.testing.assert_close(path.noisy[0], x)
    torch.testing.assert_close(path.guesses[-1], path.end)


def test_guesses_are_bounded_and_no_gradient_is_kept():
    weight = torch.ones(1, requires_grad=True).double()
    told, x = lambda x, t: weight * two_points(x, t), torch.randn(9, 1).double()
    path = trajectory(told, x, KEPT, timesteps(1000, 5), ddim_step, clip=0.5)
    assert path.guesses.abs().max() <= 0.5
    assert not path.end.requires_grad


def test_the_network_hears_where_it_is():
    heard = []

    def note(x, t):
        heard.append(t.tolist())
        return x

    sample(note, torch.randn(2, 1).double(), KEPT, [900, 500, 7], ddpm_step)
    assert heard == [[900, 900], [500, 500], [7, 7]]


@pytest.mark.parametrize("times", [[], [1, 2], [5, 5], [1000, 3], [4, -1]])
def test_times_that_do_not_fall_are_refused(times):
    with pytest.raises(ValueError, match="fall"):
        sample(two_points, torch.randn(2, 1).double(), KEPT, times, ddim_step)
