"""A turn of both players beside the loop of PyTorch's DCGAN example, on the same weights and the same noise."""

import pytest
import torch

from benchmarks.timing import ratio
from gan.peers import example_step, torch_discriminator, torch_generator
from labkit.gan.dcgan import Discriminator, Generator
from labkit.gan.gan import GAN, play

pytestmark = pytest.mark.benchmark
SIZES = {"lecture": (64, 64, 64), "small batch": (64, 64, 16), "wider": (100, 128, 64)}


def adam(*players):
    """Full steps that leave the weights as they are."""
    return tuple(torch.optim.Adam(player.parameters(), lr=0.0, betas=(0.5, 0.999)) for player in players)


@pytest.mark.parametrize("size", SIZES)
def test_a_turn_of_dcgan(size, record_property):
    latent, width, batch = SIZES[size]
    gan = GAN(Generator(latent, 2 * width), Discriminator(width), latent)
    real = 2 * torch.rand(batch, 1, 28, 28) - 1
    peers = torch_generator(gan.generator), torch_discriminator(gan.discriminator)
    optimizers = adam(gan.generator, gan.discriminator)
    step = example_step(*peers, adam(*peers), latent)
    torch.manual_seed(0)
    ours = play(gan, [real], optimizers, steps=1).scores
    torch.manual_seed(0)
    theirs = step(real)
    assert ours["discriminator_loss"][0][1] == pytest.approx(theirs[0], rel=1e-4)
    assert ours["generator_loss"][0][1] == pytest.approx(theirs[1], rel=1e-4)
    found = ratio(lambda: play(gan, [real], optimizers, steps=1), lambda: step(real))
    record_property("ratio", found)
    print(f"\na turn of DCGAN, {size} size, beside PyTorch's example: ratio {found:.2f}")
    assert found <= 1.0
