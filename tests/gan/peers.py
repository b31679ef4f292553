"""The DCGAN and its training loop as one finds them in PyTorch's own example, for 28 x 28, on our weights."""

import torch
from torch import nn

from labkit.gan.dcgan import Discriminator, Generator


class Reshape(nn.Module):
    def forward(self, z):
        return z[:, :, None, None]


@torch.no_grad()
def torch_generator(ours: Generator) -> nn.Sequential:
    """Transposed convolutions only: the first makes 7 x 7 maps out of noise seen as maps of 1 x 1."""
    latent, width = ours.project.in_features, ours.stem[0].num_features
    peer = nn.Sequential(
        Reshape(),
        nn.ConvTranspose2d(latent, width, 7, 1, 0, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(True),
        nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False),
        nn.BatchNorm2d(width // 2),
        nn.ReLU(True),
        nn.ConvTranspose2d(width // 2, 1, 4, 2, 1),
        nn.Tanh(),
    )
    peer[1].weight.copy_(ours.project.weight.view(width, 7, 7, latent).permute(3, 0, 1, 2))
    for theirs, mine in ((2, ours.stem[0]), (4, ours.enlarge[0]), (5, ours.enlarge[1]), (7, ours.enlarge[3])):
        peer[theirs].load_state_dict(mine.state_dict())
    return peer


@torch.no_grad()
def torch_discriminator(ours: Discriminator) -> nn.Sequential:
    """Convolutions only: the last is as large as what it sees. Ends in a sigmoid, as `nn.BCELoss` wants it."""
    width = ours.shrink[2].out_channels
    peer = nn.Sequential(
        nn.Conv2d(1, width // 2, 4, 2, 1),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(width // 2, width, 4, 2, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(width, 1, 7, 1, 0),
        nn.Sigmoid(),
    )
    peer[0].load_state_dict(ours.shrink[0].state_dict())
    peer[2].load_state_dict(ours.shrink[2].state_dict())
    peer[3].load_state_dict(ours.shrink[3].state_dict())
    peer[5].weight.copy_(ours.score.weight.view(1, width, 7, 7))
    peer[5].bias.copy_(ours.score.bias)
    return peer


def dict_of(peer, *names):
    """The peer's state under our names: layers counted from the first of those named."""
    first = int(names[0])
    return {
        f"{int(name) - first}.{key}": value for name in names for key, value in peer[int(name)].state_dict().items()
    }


def example_step(generator, discriminator, optimizers, latent):
    """The body of the example's loop: three backward passes, labels as tensors, the same fakes for both players."""
    criterion = nn.BCELoss()

    def step(real):
        discriminator.zero_grad()
        label = torch.full((len(real),), 1.0)
        real_error = criterion(discriminator(real).view(-1), label)
        real_error.backward()
        fake = generator(torch.randn(len(real), latent))
        label.fill_(0.0)
        fake_error = criterion(discriminator(fake.detach()).view(-1), label)
        fake_error.backward()
        optimizers[1].step()
        generator.zero_grad()
        label.fill_(1.0)
        fooled = criterion(discriminator(fake).view(-1), label)
        fooled.backward()
        optimizers[0].step()
        return real_error.item() + fake_error.item(), fooled.item()

    return step
