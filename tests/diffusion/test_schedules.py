import pytest
import torch

from diffusion.peers import scheduler
from labkit.diffusion.schedules import Scheduled, betas, check_schedule, cosine_schedule, linear_schedule, timesteps


def test_linear_is_the_schedule_of_diffusers():
    from diffusers import DDPMScheduler

    torch.testing.assert_close(linear_schedule(1000), DDPMScheduler(1000).alphas_cumprod)
    torch.testing.assert_close(linear_schedule(50, 0.01, 0.3), DDPMScheduler(50, 0.01, 0.3).alphas_cumprod)


def test_cosine_is_the_schedule_of_diffusers():
    from diffusers import DDPMScheduler

    for steps in (50, 1000):
        theirs = DDPMScheduler(steps, beta_schedule="squaredcos_cap_v2").alphas_cumprod
        torch.testing.assert_close(cosine_schedule(steps), theirs, rtol=1e-3, atol=1e-8)


def test_cosine_is_half_way_in_the_middle_and_caps_the_last_step():
    kept = cosine_schedule(1000)
    assert kept[499].item() == pytest.approx(0.49, abs=0.01)
    assert betas(kept).max().item() == pytest.approx(0.999, abs=1e-6)
    assert betas(cosine_schedule(1000, most=0.5)).max().item() == pytest.approx(0.5, abs=1e-6)


def test_betas_compose_to_what_is_kept():
    kept = linear_schedule(100, 0.001, 0.1)
    torch.testing.assert_close(betas(kept), torch.linspace(0.001, 0.1, 100), rtol=1e-3, atol=1e-6)
    torch.testing.assert_close((1 - betas(kept)).cumprod(0), kept)


def test_timesteps_are_those_of_diffusers():
    for count in (1, 4, 20, 250, 1000):
        theirs = scheduler("DDIMScheduler", linear_schedule(1000), count).timesteps
        assert timesteps(1000, count) == theirs.tolist()


def test_a_walk_starts_at_the_noisiest_step_and_never_stands_still():
    for steps in (7, 100, 1000):
        for count in range(1, steps + 1, max(1, steps // 37)):
            times = timesteps(steps, count)
            assert times[0] == steps - 1
            assert len(set(times)) == count
            assert times == sorted(times, reverse=True)
            assert times[-1] >= 0


def test_what_is_no_schedule_is_refused():
    for steps, count in ((10, 0), (10, 11)):
        with pytest.raises(ValueError, match="not"):
            timesteps(steps, count)
    for make in (linear_schedule, cosine_schedule):
        with pytest.raises(ValueError, match="at least two steps, not 1"):
            make(1)
    for low, high in ((0.3, 0.2), (0.0, 0.2), (0.1, 1.0)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            linear_schedule(10, low, high)


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5], [0.1, 0.5], [1.0, 0.5], [0.5, 0.0]])
def test_a_schedule_falls_between_one_and_zero(values):
    with pytest.raises(ValueError, match="below the one before"):
        check_schedule(torch.tensor(values))


@pytest.mark.parametrize(("steps", "count"), [(1000, 3), (1000, 7), (1000, 30), (1000, 300), (50, 7)])
def test_timesteps_are_those_of_diffusers_where_counts_do_not_divide(steps, count):
    from diffusers import DDIMScheduler

    peer = DDIMScheduler(steps, timestep_spacing="trailing")
    peer.set_timesteps(count)
    assert timesteps(steps, count) == peer.timesteps.tolist()


def test_a_schedule_that_float32_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="after 20000 such steps less is left than float32 can hold"):
        linear_schedule(20_000)


def test_a_schedule_stays_precise_when_its_module_changes_type():
    kept = linear_schedule(1000)
    module = Scheduled(kept).bfloat16()
    assert torch.equal(module.kept, kept)
    assert module.to("meta").kept.is_meta
