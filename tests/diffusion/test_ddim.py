import pytest
import torch

from diffusion.peers import scheduler
from labkit.diffusion.ddim import ddim_step
from labkit.diffusion.ddpm import clean_guess, ddpm_step, jump
from labkit.diffusion.schedules import cosine_schedule, linear_schedule

KEPT = linear_schedule(1000).double()
ONE = torch.tensor(1.0).double()


@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("count", [20, 5, 1])
def test_step_for_step_as_diffusers(count, eta):
    peer, x = scheduler("DDIMScheduler", KEPT, count), torch.randn(3, 1, 4, 4).double()
    ours = theirs = x
    times = [int(t) for t in peer.timesteps]
    for place, t in enumerate(times):
        told, fresh = torch.randn_like(x), torch.randn_like(x)
        then = KEPT[times[place + 1]] if place + 1 < count else ONE
        ours = ddim_step(ours, told, KEPT[t], then, fresh, eta)
        theirs = peer.step(told, t, theirs, eta=eta, variance_noise=fresh).prev_sample
        torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-7)


def test_with_eta_one_it_is_ddpm():
    x, noise, fresh = torch.randn(3, 4, 6).double()
    for now, then in ((KEPT[999], KEPT[500]), (KEPT[20], KEPT[19]), (KEPT[0], ONE)):
        torch.testing.assert_close(
            ddim_step(x, noise, now, then, fresh, 1.0), ddpm_step(x, noise, now, then, fresh), rtol=1e-9, atol=1e-9
        )


def test_with_the_true_noise_a_stride_of_any_length_is_exact():
    """It lands where the jump lands: same sample, same noise."""
    x0, noise, fresh = torch.randn(3, 4, 6).double()
    x = jump(x0, torch.full((4,), 900), noise, KEPT)
    there = ddim_step(x, noise, KEPT[900], KEPT[100], fresh)
    torch.testing.assert_close(there, jump(x0, torch.full((4,), 100), noise, KEPT))


def test_without_eta_nothing_fresh_comes_in_and_it_can_be_walked_backwards():
    x, noise = torch.randn(2, 4, 6).double()
    down = ddim_step(x, noise, KEPT[500], KEPT[200], torch.full_like(x, 1e9))
    torch.testing.assert_close(ddim_step(down, noise, KEPT[200], KEPT[500], torch.zeros_like(x), 0.0), x)


def test_the_variance_of_a_step_is_that_of_its_level():
    """For samples of variance 1, noise well told: x stays of variance 1, whatever eta."""
    for eta in (0.0, 0.5, 1.0):
        x0, noise, fresh = torch.randn(3, 200_000, 1).double()
        x = jump(x0, torch.full((200_000,), 600), noise, KEPT)
        assert ddim_step(x, noise, KEPT[600], KEPT[300], fresh, eta).var().item() == pytest.approx(1, abs=0.02)


def test_ends_on_the_guess_in_single_precision():
    kept, one = cosine_schedule(1000), torch.tensor(1.0)
    x, noise = torch.randn(2, 4, 6)
    end = ddim_step(x, noise, kept[999], kept[949], torch.zeros_like(x), 1.0)
    assert end.isfinite().all()
    torch.testing.assert_close(
        ddim_step(x, noise, kept[0], one, torch.ones_like(x), 1.0), clean_guess(x, noise, kept[0])
    )


def test_eta_has_bounds():
    x = torch.zeros(1, 1).double()
    for eta in (-0.1, 1.1):
        with pytest.raises(ValueError, match="from 0"):
            ddim_step(x, x, KEPT[5], KEPT[4], x, eta)
