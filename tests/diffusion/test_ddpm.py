import pytest
import torch
from torch import nn

from diffusion.peers import scheduler
from labkit.diffusion.ddpm import DDPM, clean_guess, ddpm_step, jump
from labkit.diffusion.schedules import betas, cosine_schedule, linear_schedule

KEPT = linear_schedule(50, 0.001, 0.2).double()


def test_jump_is_the_walk_composed():
    """Step by step: the factor of the signal and the variance of the noise, from q(x_t | x_{t-1})."""
    signal, variance = 1.0, 0.0
    ones, none = torch.ones(1, 1).double(), torch.zeros(1, 1).double()
    for t, beta in enumerate(betas(KEPT)):
        signal, variance = (1 - beta) ** 0.5 * signal, (1 - beta) * variance + beta
        assert jump(ones, torch.tensor([t]), none, KEPT).item() == pytest.approx(signal.item(), rel=1e-9)
        assert jump(none, torch.tensor([t]), ones, KEPT).item() ** 2 == pytest.approx(variance.item(), rel=1e-9)


def test_jump_is_add_noise_of_diffusers():
    kept, x0, noise = cosine_schedule(1000), torch.randn(5, 1, 4, 4), torch.randn(5, 1, 4, 4)
    t = torch.tensor([0, 1, 500, 998, 999])
    peer = scheduler("DDPMScheduler", kept, 1000)
    torch.testing.assert_close(jump(x0, t, noise, kept), peer.add_noise(x0, noise, t))


def test_every_sample_has_its_own_step():
    t = torch.tensor([0, 49, 7])
    out = jump(torch.ones(3, 3, 3, 3).double(), t, torch.zeros(3, 3, 3, 3).double(), KEPT)
    torch.testing.assert_close(out[:, 1, 2, 0], KEPT[t].sqrt())
    torch.testing.assert_close(out.std(dim=(1, 2, 3)), torch.zeros(3).double())


def test_the_guess_undoes_the_jump():
    x0, noise = torch.randn(4, 6).double(), torch.randn(4, 6).double()
    x = jump(x0, torch.full((4,), 30), noise, KEPT)
    torch.testing.assert_close(clean_guess(x, noise, KEPT[30]), x0)


@pytest.mark.parametrize("count", [50, 10, 1])
def test_step_for_step_as_diffusers(count):
    """The whole walk with one network and the same fresh noise."""
    peer, x = scheduler("DDPMScheduler", KEPT, count), torch.randn(3, 1, 4, 4).double()
    told = {int(t): torch.randn_like(x) for t in peer.timesteps}
    ours = theirs = x
    times = [int(t) for t in peer.timesteps]
    for place, t in enumerate(times):
        fresh = torch.randn_like(x)
        then = KEPT[times[place + 1]] if place + 1 < count else torch.tensor(1.0).double()
        ours = ddpm_step(ours, told[t], KEPT[t], then, fresh)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("diffusers.schedulers.scheduling_ddpm.randn_tensor", lambda *_, fresh=fresh, **__: fresh)
            theirs = peer.step(told[t], t, theirs).prev_sample
        torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-7)


def test_a_step_is_the_posterior_of_the_chain():
    """q(x_{t-1} | x_t, x_0) from Bayes' rule for two Gaussians, and not from the paper's formula."""
    t, x0, x = 20, torch.tensor([[0.7]]).double(), torch.tensor([[-1.2]]).double()
    now, then = KEPT[t], KEPT[t - 1]
    alpha, beta = now / then, 1 - now / then
    precision = 1 / (1 - then) + alpha / beta  # of the prior q(x_{t-1} | x_0) and of the likelihood q(x_t | x_{t-1})
    mean = (then.sqrt() * x0 / (1 - then) + alpha.sqrt() * x / beta) / precision
    noise = (x - now.sqrt() * x0) / (1 - now).sqrt()
    torch.testing.assert_close(ddpm_step(x, noise, now, then, torch.zeros_like(x)), mean)
    one = ddpm_step(x, noise, now, then, torch.ones_like(x)) - mean
    torch.testing.assert_close(one.square(), (1 / precision).view(1, 1))


def test_no_fresh_noise_at_the_end():
    x, noise, one = torch.randn(2, 5).double(), torch.randn(2, 5).double(), torch.tensor(1.0).double()
    end = ddpm_step(x, noise, KEPT[0], one, torch.full_like(x, 1e6))
    torch.testing.assert_close(end, clean_guess(x, noise, KEPT[0]))


class Knows(nn.Module):
    """Tells the noise exactly, since all samples are 1."""

    def forward(self, x, t):
        kept = KEPT[t].view(-1, *[1] * (x.ndim - 1))
        return (x - kept.sqrt()) / (1 - kept).sqrt()


def test_who_knows_the_noise_has_no_loss():
    assert DDPM(Knows(), KEPT).loss(torch.ones(64, 2).double()) < 1e-20


def test_the_loss_is_the_mean_squared_error_of_the_noise():
    class Silent(nn.Module):
        def forward(self, x, t):
            return torch.zeros_like(x)

    model, noise = DDPM(Silent(), KEPT), torch.randn(3, 2, 4).double()
    found = model.loss_at(torch.randn(3, 2, 4).double(), torch.tensor([0, 1, 49]), noise)
    torch.testing.assert_close(found, noise.square().sum() / 24)


def test_all_steps_are_trained_and_labels_are_handed_on():
    seen = []

    class Notes(nn.Module):
        def forward(self, x, t, labels=None):
            seen.append((t, labels))
            return torch.zeros_like(x)

    labels = torch.arange(4000)
    DDPM(Notes(), KEPT).loss(torch.ones(4000, 1).double(), labels)
    assert set(seen[0][0].tolist()) == set(range(50))
    assert seen[0][0].bincount().float().std() < 20, "every step as often: 80 times, give or take 9"
    assert torch.equal(seen[0][1], labels)
    DDPM(Notes(), KEPT).loss(torch.ones(4, 1).double())
    assert seen[1][1] is None


def test_noise_is_standard_normal():
    seen = []

    class Notes(nn.Module):
        def forward(self, x, t):
            seen.append(x / (1 - KEPT[t]).sqrt()[:, None])
            return x

    DDPM(Notes(), KEPT).loss(torch.zeros(500, 40).double())
    assert seen[0].mean().item() == pytest.approx(0, abs=0.03)
    assert seen[0].var().item() == pytest.approx(1, abs=0.05)
    assert seen[0].unique().numel() == 20_000, "every number has noise of its own"


def test_learns_a_point():
    class Net(nn.Sequential):
        def forward(self, x, t):
            return super().forward(torch.cat([x, t[:, None] / 50], dim=1))

    model = DDPM(Net(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 1)), KEPT.float())
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for _ in range(300):
        loss = model.loss(torch.ones(256, 1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-20:]) < 0.5 * sum(losses[:20])


def test_bad_input_meets_an_error_at_the_door():
    x, t = torch.zeros(3, 2), torch.tensor([0, 1, 2])
    with pytest.raises(ValueError, match="same shape"):
        jump(x, t, torch.zeros(3, 1), KEPT.float())
    for wrong in (torch.tensor([0, 1, 50]), torch.tensor([-1, 1, 2])):
        with pytest.raises(ValueError, match="steps run from 0 to 49"):
            jump(x, wrong, x, KEPT.float())
    with pytest.raises(ValueError, match="below the one before"):
        DDPM(nn.Identity(), KEPT.flip(0))
