import pytest
import torch
from torch import nn

from labkit.data.mixtures import ring
from labkit.gan.dcgan import Discriminator
from labkit.gan.gan import play
from labkit.gan.plane import PointCritic, perceptron
from labkit.gan.transport import wasserstein
from labkit.gan.wgan import critic_loss, distance_estimate
from labkit.gan.wgan_gp import WGANGP, ImageCritic, gradient_penalty, scores_of


class Formula(nn.Module):
    """A critic that is a formula."""

    def __init__(self, formula):
        super().__init__()
        self.formula = formula

    def forward(self, points):
        return self.formula(points)


def table(hidden, d, dtype=torch.float64):
    return torch.randn(hidden, d + 2, dtype=dtype)


def test_a_plane_has_one_slope_everywhere():
    steep = torch.tensor([3.0, 4.0])
    found = gradient_penalty(Formula(lambda x: x @ steep + 7), torch.randn(6, 2), torch.randn(6, 2), torch.rand(6))
    assert found.item() == pytest.approx((5 - 1) ** 2)


@pytest.mark.parametrize("shape", [(6, 3), (6, 2, 4, 4)])
def test_a_bowl_has_the_slope_of_its_radius(shape):
    """The gradient of |x|^2 / 2 is x: so the norm of the mixed point, over all axes, is seen."""
    real, fake, mix = torch.randn(shape), torch.randn(shape), torch.rand(shape[0])
    column = mix.view(-1, *[1] * (len(shape) - 1))
    radius = (column * real + (1 - column) * fake).flatten(1).norm(dim=1)
    found = gradient_penalty(Formula(lambda x: 0.5 * x.flatten(1).square().sum(dim=1)), real, fake, mix)
    torch.testing.assert_close(found, (radius - 1).square().mean())


def test_at_one_the_point_is_the_real_one():
    bowl, real, fake = Formula(lambda x: 0.5 * x.square().sum(dim=1)), torch.full((2, 1), 3.0), torch.zeros(2, 1)
    assert gradient_penalty(bowl, real, fake, torch.ones(2)).item() == pytest.approx(4.0)
    assert gradient_penalty(bowl, real, fake, torch.zeros(2)).item() == pytest.approx(1.0)


def test_the_gradient_of_the_gradient_is_right():
    real, fake, mix = torch.randn(4, 3).double(), torch.randn(4, 3).double(), torch.rand(4).double()
    critic = table(5, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda rows: gradient_penalty(rows, real, fake, mix), critic)


def test_a_flat_critic_is_punished_and_spoils_no_gradient():
    critic = torch.zeros(3, 4, requires_grad=True)
    penalty = gradient_penalty(critic, torch.randn(5, 2), torch.randn(5, 2), torch.rand(5))
    penalty.backward()
    assert penalty.item() == 1
    assert critic.grad.isfinite().all()


def test_samples_are_left_alone_and_gradients_may_be_off():
    real, fake = torch.randn(5, 2, requires_grad=True), torch.randn(5, 2, requires_grad=True)
    critic, mix = PointCritic(2, 8, 1), torch.rand(5)
    penalty = gradient_penalty(critic, real, fake, mix)
    penalty.backward()
    assert real.grad is None
    assert fake.grad is None
    assert critic[0].weight.grad.abs().sum() > 0
    with torch.no_grad():
        off = gradient_penalty(critic, real, fake, mix)
    assert not off.requires_grad
    torch.testing.assert_close(off, penalty.detach())


def test_a_table_is_a_network_with_one_hidden_layer():
    rows, points = table(5, 6, torch.float32), torch.randn(4, 2, 3)
    peer = nn.Sequential(nn.Flatten(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 1, bias=False))
    with torch.no_grad():
        for weight, value in zip(peer.parameters(), (rows[:, :6], rows[:, 6], rows[None, :, 7]), strict=True):
            weight.copy_(value)
    torch.testing.assert_close(scores_of(rows, points), peer(points)[:, 0])
    critic = PointCritic(6, 8, 1)
    assert torch.equal(scores_of(critic, points.flatten(1)), critic(points.flatten(1)))


def test_the_critics_loss_is_the_distance_and_ten_times_the_penalty():
    gan = WGANGP(perceptron(3, 2, 8, 1), PointCritic(2, 8, 1), 3)
    real, fake = torch.randn(5, 2), torch.randn(5, 2)
    torch.manual_seed(3)
    mix = torch.rand(5)
    torch.manual_seed(3)
    found = gan.discriminator_loss(real, fake)
    distance = critic_loss(gan.discriminator(real), gan.discriminator(fake))
    torch.testing.assert_close(found, distance + 10 * gradient_penalty(gan.discriminator, real, fake, mix))


def fit_critic(gan, real, fake, steps, optimizer):
    """Train the critic alone; its estimates of the distance, step by step."""
    estimates = []
    for _ in range(steps):
        estimates.append(distance_estimate(gan.discriminator, real, fake).item())
        optimizer.zero_grad()
        gan.discriminator_loss(real, fake).backward()
        optimizer.step()
    return torch.tensor(estimates)


def overshoot(distance, penalty=10.0):
    """Where all the way is uphill, slope s costs -s W + penalty (s - 1)^2: least at s = 1 + W / (2 penalty)."""
    return 1 + distance / (2 * penalty)


def test_a_straight_critic_ends_where_the_exact_distance_says():
    """On a line, all real points right of the fakes: the optimum in closed form, from sorted samples."""
    torch.manual_seed(0)
    real, fake = torch.rand(64, 1) + 3, torch.rand(64, 1)
    gan = WGANGP(nn.Linear(1, 1), PointCritic(1, depth=0), 1)
    with torch.no_grad():
        gan.discriminator[0].weight.fill_(0.2)  # a slope of the wrong sign would have to climb over 0 first
    optimizer = torch.optim.SGD(gan.discriminator.parameters(), 0.03)
    found = fit_critic(gan, real, fake, 40, optimizer)[-1].item()
    exact = (real[:, 0].sort().values - fake[:, 0].sort().values).mean().item()
    assert found == pytest.approx(exact * overshoot(exact), rel=1e-5)
    assert found == pytest.approx(wasserstein(real, fake) * overshoot(exact), rel=1e-5)


def test_a_trained_critic_tells_the_exact_distance_on_the_plane():
    torch.manual_seed(0)
    real, fake = 0.3 * torch.randn(64, 2), ring().sample(64)
    gan = WGANGP(nn.Linear(2, 2), PointCritic(2, 128, 1), 2)
    optimizer = torch.optim.Adam(gan.discriminator.parameters(), 5e-3, betas=(0.0, 0.9))
    found = fit_critic(gan, real, fake, 200, optimizer)[-60:].mean().item()
    exact = wasserstein(real, fake)
    assert found == pytest.approx(exact * overshoot(exact), rel=0.07)


def test_the_penalty_brings_the_slope_to_one():
    torch.manual_seed(0)
    gan = WGANGP(perceptron(2, 2, 16, 1), PointCritic(2, 32), 2)
    with torch.no_grad():
        for weight in gan.discriminator.parameters():
            weight *= 3
    optimizers = tuple(
        torch.optim.Adam(player.parameters(), 3e-3, betas=(0.0, 0.9)) for player in (gan.generator, gan.discriminator)
    )
    real, fake, mix = ring().sample(200), gan.generate(200), torch.rand(200)
    before = gradient_penalty(gan.discriminator, real, fake, mix).item()
    play(gan, ring().batches(64), optimizers, steps=30, critic_steps=5)
    assert before > 1
    assert gradient_penalty(gan.discriminator, real, gan.generate(200), mix).item() < 0.1


def test_errors_at_the_door():
    with pytest.raises(ValueError, match="batch norm mixes the samples"):
        WGANGP(perceptron(2, 2), Discriminator(), 2)
    with pytest.raises(ValueError, match=r"real \(4, 2\) and fake \(3, 2\) are paired"):
        gradient_penalty(PointCritic(), torch.zeros(4, 2), torch.zeros(3, 2), torch.rand(4))
    with pytest.raises(ValueError, match="for 2 coordinates a row has 4 numbers"):
        scores_of(torch.zeros(3, 5), torch.zeros(4, 2))


def test_an_images_score_depends_on_that_image_only():
    """What a gradient penalty needs, and a discriminator with batch norm does not give."""
    critic, images = ImageCritic(8), torch.randn(4, 1, 28, 28)
    other = images.clone()
    other[1:] = torch.randn(3, 1, 28, 28)
    torch.testing.assert_close(critic(images)[0], critic(other)[0])
    WGANGP(nn.Linear(1, 1), critic, 1)
    discriminator = Discriminator(8)
    assert not torch.isclose(discriminator(images)[0], discriminator(other)[0])
    with pytest.raises(ValueError, match="batch norm mixes the samples"):
        WGANGP(nn.Linear(1, 1), discriminator, 1)


def test_an_image_critic_is_not_flat_at_the_start():
    """Its slope is within a factor of ten of the 1 that it should have; from N(0, 0.02) it would be far below."""
    torch.manual_seed(0)
    images = torch.randn(6, 1, 28, 28).requires_grad_()
    for critic, low, high in ((ImageCritic(32), 0.05, 10.0), (Discriminator(32).eval(), 0.0, 0.05)):
        (gradient,) = torch.autograd.grad(critic(images).sum(), images)
        slope = gradient.flatten(1).norm(dim=1)
        assert low < slope.min() <= slope.max() < high
