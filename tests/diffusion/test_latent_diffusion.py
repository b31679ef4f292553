import pytest
import torch

from labkit.diffusion.ddim import ddim_step
from labkit.diffusion.ddpm import ddpm_step
from labkit.diffusion.guidance import guided
from labkit.diffusion.latent_denoiser import LatentDenoiser
from labkit.diffusion.latent_diffusion import LatentDiffusion
from labkit.diffusion.sampling import sample
from labkit.diffusion.schedules import linear_schedule, timesteps

KEPT = linear_schedule(1000)
TURN = torch.linalg.qr(torch.tensor([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0], [2.0, 0.1, 1.0]]))[0]
SCALE = torch.tensor([0.01, 1.0, 100.0])
SHIFT = torch.tensor([5.0, 0.0, -3.0])


def encode(x):
    return (x @ TURN) * SCALE + SHIFT


def decode(z):
    return ((z - SHIFT) / SCALE) @ TURN.T


def linear_autoencoder(denoiser):
    """Latents of very unlike spreads, from which the picture comes back exactly."""
    return LatentDiffusion(encode, decode, denoiser, KEPT, classes=2, latent=3)


class Gaussian(torch.nn.Module):
    """The exact noise where standardized latents are standard normal for every class."""

    def forward(self, x, t, labels):
        return (1 - KEPT[t])[:, None].sqrt() * x


def test_measured_latents_are_standardized_and_come_back():
    model, x = linear_autoencoder(Gaussian()), torch.randn(500, 3) * 2 + 1
    z = model.measure(x)
    torch.testing.assert_close(z.mean(0), torch.zeros(3), atol=1e-3, rtol=0)
    torch.testing.assert_close(z.std(0), torch.ones(3), atol=1e-3, rtol=0)
    torch.testing.assert_close(model.decoded(z), x, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(model.standardized(encode(x)), z)


@pytest.mark.parametrize("step", [ddim_step, ddpm_step])
def test_generated_pictures_have_the_moments_of_the_data(step):
    model, x = linear_autoencoder(Gaussian()), torch.randn(4000, 3) * torch.tensor([0.5, 2.0, 1.0]) + 1
    x = x @ TURN.T  # the three directions are independent
    model.measure(x)
    made = model.generate(torch.zeros(4000, dtype=torch.int64), timesteps(1000, 100), step, weight=1.0)
    torch.testing.assert_close(made.mean(0), x.mean(0), atol=0.1, rtol=0)
    torch.testing.assert_close(torch.cov(made.T), torch.cov(x.T), atol=0.3, rtol=0)


def test_generation_is_the_walk_in_latent_space_decoded_once():
    denoiser = LatentDenoiser(3, 16, 2, classes=2)
    torch.nn.init.normal_(denoiser.leave.weight)
    model, noise, labels = linear_autoencoder(denoiser), torch.randn(4, 3), torch.tensor([0, 1, 1, 2])
    model.measure(torch.randn(100, 3))
    times = timesteps(1000, 10)
    z = sample(guided(denoiser, labels, 2, 3.0), noise, KEPT, times, ddim_step, None)
    expected = decode(z * model.spread + model.mean)
    torch.testing.assert_close(model.generate_from(noise, labels, times, ddim_step, 3.0), expected)


def test_what_was_measured_is_saved_with_the_model():
    model, other = (linear_autoencoder(LatentDenoiser(3, 16, 2, classes=2)) for _ in range(2))
    model.measure(torch.randn(100, 3))
    other.load_state_dict(model.state_dict())
    torch.testing.assert_close(other.spread, model.spread)
    assert not any(name.startswith("encode") for name, _ in model.named_parameters())


def test_the_loss_shows_some_latents_without_their_class():
    seen = []

    class Notes(torch.nn.Module):
        def forward(self, x, t, labels):
            seen.append(labels)
            return torch.zeros_like(x)

    model = linear_autoencoder(Notes())
    loss = model.loss(torch.randn(4000, 3), torch.ones(4000, dtype=torch.int64), forget=0.3)
    assert (seen[0] == 2).float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert (seen[0] != 2).logical_and(seen[0] != 1).sum() == 0
    assert loss.item() == pytest.approx(1, abs=0.05), "who says nothing misses the whole variance"


def test_learns_two_classes():
    """Class 0 lies at -1, class 1 at 1: after a second of training, samples know their side."""
    model = linear_autoencoder(LatentDenoiser(3, 32, 2, classes=2))
    labels = torch.arange(2).repeat(400)
    x = 0.2 * torch.randn(800, 3) + (2 * labels[:, None] - 1.0)
    z, optimizer = model.measure(x), torch.optim.Adam(model.parameters(), 5e-3)
    for _ in range(250):
        rows = torch.randint(800, (128,))
        loss = model.loss(z[rows], labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    made = model.generate(labels[:200], timesteps(1000, 20), ddim_step, weight=1.5)
    assert ((made.mean(dim=1) > 0) == (labels[:200] == 1)).float().mean() > 0.95
    free = model.generate(torch.full((200,), 2), timesteps(1000, 20), ddim_step)
    assert 0.2 < (free.mean(dim=1) > 0).float().mean() < 0.8, "without a class: both"


def test_nothing_goes_before_measuring_and_a_dead_dimension_is_named():
    model = linear_autoencoder(Gaussian())
    for early in (lambda: model.standardized(torch.zeros(2, 3)),
                  lambda: model.generate(torch.tensor([0]), [999, 0], ddim_step)):  # fmt: skip
        with pytest.raises(RuntimeError, match="measure"):
            early()
    with pytest.raises(ValueError, match="3 of 3 latent dimensions"):
        model.measure(torch.ones(10, 3))
