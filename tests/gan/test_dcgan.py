import pytest
import torch
from torch import nn

from gan.peers import torch_discriminator, torch_generator
from labkit.data.images import digits
from labkit.gan.dcgan import Discriminator, Generator
from labkit.gan.losses import discriminator_loss


def test_matches_the_networks_of_pytorchs_example():
    generator, discriminator, z = Generator(), Discriminator(), torch.randn(5, 64)
    peers, weight = (torch_generator(generator), torch_discriminator(discriminator)), torch.randn(5)
    ours, theirs = discriminator(generator(z)).sigmoid(), peers[1](peers[0](z)).flatten()
    torch.testing.assert_close(ours, theirs)
    (weight * ours).sum().backward()
    (weight * theirs).sum().backward()
    torch.testing.assert_close(generator.enlarge[0].weight.grad, peers[0][4].weight.grad)
    torch.testing.assert_close(discriminator.shrink[0].weight.grad, peers[1][0].weight.grad)
    for player, peer in zip((generator, discriminator), peers, strict=True):
        player.eval(), peer.eval()
    torch.testing.assert_close(discriminator(generator(z)).sigmoid(), peers[1](peers[0](z)).flatten())


def test_from_a_stack_of_128_maps_to_an_image():
    generator, seen = Generator(), []
    for part in (generator.stem, generator.enlarge[0], generator.enlarge[4]):
        part.register_forward_hook(lambda _, __, out: seen.append(tuple(out.shape[1:])))
    images = generator(torch.randn(3, 64))
    assert seen == [(128, 7, 7), (64, 14, 14), (1, 28, 28)]
    assert images.abs().max() <= 1


def test_weights_are_counted():
    def count(model):
        return sum(weight.numel() for weight in model.parameters())

    assert count(Generator()) == 64 * 6272 + 2 * 128 + 128 * 64 * 16 + 2 * 64 + 64 * 16 + 1 == 533_889
    assert count(Discriminator()) == (16 + 1) * 32 + 32 * 64 * 16 + 2 * 64 + 3136 + 1 == 36_577


def test_weights_begin_as_in_the_paper():
    for part in (*Generator().modules(), *Discriminator().modules()):
        if isinstance(part, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            assert part.weight.mean().item() == pytest.approx(0.0, abs=0.004)
            assert part.weight.std().item() == pytest.approx(0.02, rel=0.12)
        elif isinstance(part, nn.BatchNorm2d):
            assert part.weight.mean().item() == pytest.approx(1.0, abs=0.02)
            assert 0.01 < part.weight.std().item() < 0.03
        if getattr(part, "bias", None) is not None:
            assert (part.bias == 0).all()


def test_a_discriminator_learns_to_tell_digits_from_noise():
    torch.manual_seed(0)
    real = 2 * digits().train[0][:64] - 1
    fake = real.flatten(1)[:, torch.randperm(784)].view_as(real)  # the same pixels, no digit
    discriminator = Discriminator(16)
    optimizer = torch.optim.Adam(discriminator.parameters(), 2e-3)
    for _ in range(15):
        loss = discriminator_loss(discriminator(real), discriminator(fake))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (discriminator(real) > 0).all()
    assert (discriminator(fake) < 0).all()


def test_a_generator_can_be_taught_eight_digits():
    torch.manual_seed(0)
    images, z, generator = 2 * digits().train[0][:8] - 1, torch.randn(8, 16), Generator(16, 32)
    optimizer = torch.optim.Adam(generator.parameters(), 2e-2)
    for _ in range(80):
        loss = (generator(z) - images).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1 * images.var().item()


def test_images_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"images should be \(b, c, 28, 28\), not \(2, 1, 32, 32\)"):
        Discriminator()(torch.zeros(2, 1, 32, 32))
