import copy
import math

import pytest
import torch
from torch import nn

from gan.peers import dict_of, example_step, torch_discriminator, torch_generator
from labkit.data.mixtures import ring
from labkit.gan.dcgan import Discriminator, Generator
from labkit.gan.gan import GAN, play
from labkit.gan.losses import MINIMAX, Losses
from labkit.gan.optimum import jensen_shannon
from labkit.gan.plane import PointCritic, perceptron


def sgd(gan, rate=0.1, other=0.1):
    return torch.optim.SGD(gan.generator.parameters(), rate), torch.optim.SGD(gan.discriminator.parameters(), other)


def small(losses=MINIMAX):
    return GAN(perceptron(3, 2, hidden=8, depth=1), PointCritic(2, hidden=8, depth=1), 3, losses)


def state(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def test_matches_the_loop_of_pytorchs_example():
    """Three turns of DCGAN on copied weights and the same noise: the same losses, the same weights afterwards."""
    gan, images = GAN(Generator(8, 16), Discriminator(8), 8), [2 * torch.rand(6, 1, 28, 28) - 1 for _ in range(3)]
    generator, discriminator = torch_generator(gan.generator), torch_discriminator(gan.discriminator)
    ours, theirs = ([torch.optim.SGD(p.parameters(), 0.05) for p in players] for players in (
        (gan.generator, gan.discriminator), (generator, discriminator)
    ))  # fmt: skip
    torch.manual_seed(1)
    match = play(gan, images, tuple(ours), steps=3)
    torch.manual_seed(1)
    step = example_step(generator, discriminator, theirs, 8)
    losses = [step(real) for real in images]
    for i, name in enumerate(("discriminator_loss", "generator_loss")):
        found = torch.tensor([value for _, value in match.scores[name]])
        torch.testing.assert_close(found, torch.tensor([pair[i] for pair in losses]))
    torch.testing.assert_close(gan.discriminator.shrink.state_dict(), dict_of(discriminator, "0", "2", "3"))
    torch.testing.assert_close(gan.generator.enlarge.state_dict(), dict_of(generator, "4", "5", "7"))
    torch.testing.assert_close(gan.generator.stem.state_dict(), dict_of(generator, "2"))


def test_one_turn_of_the_paper_by_hand():
    """Algorithm 1 with one discriminator step: up its gradient, then down the generator's against the new one."""
    gan, real = small(), torch.randn(5, 2)
    generator, discriminator = copy.deepcopy(gan.generator), copy.deepcopy(gan.discriminator)
    torch.manual_seed(2)
    noise = torch.randn(5, 3)
    value = discriminator(real).sigmoid().log().mean() + (1 - discriminator(generator(noise)).sigmoid()).log().mean()
    up = torch.autograd.grad(value, list(discriminator.parameters()))
    with torch.no_grad():
        for weight, gradient in zip(discriminator.parameters(), up, strict=True):
            weight += 0.1 * gradient
    value = (1 - discriminator(generator(noise)).sigmoid()).log().mean()
    down = torch.autograd.grad(value, list(generator.parameters()))
    with torch.no_grad():
        for weight, gradient in zip(generator.parameters(), down, strict=True):
            weight -= 0.1 * gradient
    torch.manual_seed(2)
    play(gan, [real], sgd(gan), steps=1)
    torch.testing.assert_close(gan.discriminator.state_dict(), discriminator.state_dict())
    torch.testing.assert_close(gan.generator.state_dict(), generator.state_dict())


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_each_player_moves_its_own_weights_only(player):
    gan = small()
    before = state(gan)
    play(gan, [torch.randn(5, 2)], sgd(gan, *(0.1, 0.0) if player == "generator" else (0.0, 0.1)), steps=3)
    for name, value in gan.state_dict().items():
        assert torch.equal(value, before[name]) == (not name.startswith(player)), name


class Spy(GAN):
    """Notes every call of its losses."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self.calls = []

    def discriminator_loss(self, batch, fake):
        self.calls.append(("discriminator", batch[0, 0].item(), fake.requires_grad, fake))
        return super().discriminator_loss(batch, fake)

    def generator_loss(self, batch, fake):
        self.calls.append(("generator", batch[0, 0].item(), fake.requires_grad, fake))
        return super().generator_loss(batch, fake)

    def constrain(self):
        self.calls.append(("constrain",))


def test_several_critic_steps_each_on_a_batch_of_its_own():
    gan = Spy(perceptron(3, 2, 8, 1), PointCritic(2, 8, 1), 3)
    play(gan, [torch.full((4, 2), float(i)) for i in range(5)], sgd(gan), steps=2, critic_steps=3)
    turn = ["discriminator", "constrain"] * 3 + ["generator"]
    assert [call[0] for call in gan.calls] == turn * 2
    assert [call[1] for call in gan.calls if call[0] == "discriminator"] == [0, 1, 2, 3, 4, 0]
    scored = [call for call in gan.calls if call[0] == "discriminator"]
    taught = [call for call in gan.calls if call[0] == "generator"]
    assert not any(call[2] for call in scored), "the discriminator's loss reaches no generator"
    assert all(call[2] for call in taught)
    assert torch.equal(taught[0][3], scored[2][3]), "the generator learns from the fakes that were scored last"
    assert not torch.equal(scored[0][3], scored[1][3])


def test_the_discriminator_is_held_still_while_the_generator_learns():
    gan, seen = small(), []
    asks = lambda: [weight.requires_grad for weight in gan.discriminator.parameters()]  # noqa: E731
    gan.discriminator[0].bias.requires_grad_(False)  # what nobody trains stays so
    loss = gan.losses.generator
    gan.losses = Losses(gan.losses.discriminator, lambda fake: seen.append(asks()) or loss(fake))
    play(gan, [torch.randn(5, 2)], sgd(gan), steps=1)
    assert seen == [[False] * 4]
    assert asks() == [True, False, True, True]


def with_batch_norm():
    generator = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
    return GAN(generator, PointCritic(2, 8, 1), 3)


def test_looking_changes_nothing():
    torch.manual_seed(4)
    gan = with_batch_norm()
    twin, real, modes = copy.deepcopy(gan), torch.randn(5, 2), []
    gan.generator[1].eval()
    twin.generator[1].eval()

    def record():
        modes.append((gan.training, gan.generator.training, torch.is_grad_enabled()))
        return gan.generate(7)

    torch.manual_seed(5)
    watched = play(gan, [real], sgd(gan), steps=4, record=record, at=(0, 2, 4))
    torch.manual_seed(5)
    alone = play(twin, [real], sgd(twin), steps=4)
    assert watched.scores == alone.scores
    torch.testing.assert_close(gan.state_dict(), twin.state_dict(), rtol=0, atol=0)
    assert modes == [(False, False, False)] * 3
    assert [part.training for part in gan.modules()] == [part.training for part in twin.modules()]
    assert [step for step, _ in watched.recorded] == [0, 2, 4]
    assert not torch.equal(watched.recorded[0][1], watched.recorded[2][1])
    assert alone.recorded == []


class Listener:
    def __init__(self):
        self.heard, self.closed = [], False

    def __call__(self, step, **values):
        self.heard.append((step, values))

    def close(self):
        self.closed = True


def test_the_report_hears_every_turn_and_is_closed():
    gan, report = small(), Listener()
    match = play(gan, [torch.randn(5, 2)], sgd(gan), steps=3, report=report)
    assert [step for step, _ in report.heard] == [1, 2, 3]
    assert [(step, values["generator_loss"]) for step, values in report.heard] == match.scores["generator_loss"]
    assert report.closed
    assert match.seconds > 0


def test_errors_at_the_door():
    gan, report = small(), Listener()
    with pytest.raises(ValueError, match="one step a turn or more, not 0"):
        play(gan, [torch.randn(5, 2)], sgd(gan), steps=1, critic_steps=0)
    with pytest.raises(ValueError, match="no batches"):
        play(gan, [], sgd(gan), steps=1)
    with pytest.raises(FloatingPointError, match="the discriminator's loss is nan at step 1"):
        play(gan, [torch.full((5, 2), math.nan)], sgd(gan), steps=1, report=report)
    assert report.closed


def test_learns_one_gaussian():
    """A generator that can shift and stretch noise finds where the data is, and how wide."""
    torch.manual_seed(0)
    data = ring(1, radius=2.0, scale=0.5)
    gan = GAN(nn.Linear(2, 2), PointCritic(2, hidden=32), 2)
    optimizers = tuple(
        torch.optim.Adam(player.parameters(), 0.01, betas=(0.5, 0.9)) for player in (gan.generator, gan.discriminator)
    )
    play(gan, data.batches(128), optimizers, steps=300)
    with torch.no_grad():
        samples = gan.generate(4000)
    torch.testing.assert_close(samples.mean(dim=0), torch.tensor([2.0, 0.0]), atol=0.25, rtol=0)
    edges = [torch.linspace(-6, 6, 25)] * 2
    ours, theirs = (torch.histogramdd(x, edges).hist.flatten() for x in (samples, data.sample(4000)))
    assert jensen_shannon(ours / ours.sum(), theirs / theirs.sum()) < 0.12
