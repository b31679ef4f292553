import pytest
import torch
from torch import nn

from labkit.data.mixtures import ring
from labkit.gan.gan import play
from labkit.gan.plane import PointCritic, perceptron
from labkit.gan.transport import wasserstein
from labkit.gan.wgan import WGAN, critic_generator_loss, critic_loss, distance_estimate


class Uphill(nn.Module):
    """The critic that rises by 1 a step in one direction, and is flat across."""

    def __init__(self, direction):
        super().__init__()
        self.direction = direction / direction.norm()

    def forward(self, points):
        return points @ self.direction


def test_losses_by_hand():
    real, fake = torch.tensor([3.0, 5.0]), torch.tensor([1.0, 2.0, 6.0])
    assert critic_loss(real, fake).item() == pytest.approx(-1.0)
    assert critic_generator_loss(fake).item() == pytest.approx(-3.0)


def test_no_critic_of_slope_one_says_more_than_the_exact_distance():
    real, fake = torch.randn(60, 2) * 2, torch.randn(60, 2) + 1
    exact = wasserstein(real, fake)
    for _ in range(20):
        assert distance_estimate(Uphill(torch.randn(2)), real, fake).item() <= exact
    shift = torch.tensor([1.0, -2.0])
    best = distance_estimate(Uphill(shift), fake + shift, fake)
    assert best.item() == pytest.approx(wasserstein(fake + shift, fake), rel=1e-5)


def clipped(clip):
    return WGAN(perceptron(3, 2, 8, 1), PointCritic(2, 8, 1), 3, clip)


def rms(gan, rate=0.05):
    return tuple(torch.optim.RMSprop(player.parameters(), rate) for player in (gan.generator, gan.discriminator))


def test_weights_are_clipped_after_every_critic_step():
    gan, seen = clipped(0.02), []
    loss = gan.generator_loss

    def watched(batch, fake):
        seen.append(max(weight.abs().max().item() for weight in gan.discriminator.parameters()))
        return loss(batch, fake)

    gan.generator_loss = watched
    play(gan, ring().batches(16), rms(gan), steps=3, critic_steps=2)
    assert seen == [pytest.approx(0.02)] * 3
    assert max(weight.abs().max().item() for weight in gan.generator.parameters()) > 0.1, "the generator is not clipped"


def test_clipping_leaves_small_weights_alone():
    gan = clipped(0.1)
    with torch.no_grad():
        gan.discriminator[0].weight.fill_(0.05)
        gan.discriminator[0].bias.fill_(-7.0)
    gan.constrain()
    assert (gan.discriminator[0].weight == 0.05).all()
    assert (gan.discriminator[0].bias == -0.1).all()


def test_the_critic_widens_the_gap_and_the_generator_closes_it():
    gan, data = clipped(0.5), ring(1, radius=3.0)
    real, noise = data.sample(256), torch.randn(256, 3)
    start = wasserstein(gan.generator(noise), real)
    play(gan, data.batches(64), rms(gan, 5e-3), steps=60, critic_steps=3)
    assert wasserstein(gan.generator(noise), real) < 0.6 * start


def test_a_clip_of_nothing_is_refused():
    with pytest.raises(ValueError, match="clip must be greater than 0, not 0"):
        clipped(0.0)
