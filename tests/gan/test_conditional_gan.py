import pytest
import torch
from torch import nn

from labkit.data.mixtures import ring
from labkit.gan.conditional_gan import (
    ConditionalDiscriminator,
    ConditionalGAN,
    ConditionalGenerator,
    ProjectionDiscriminator,
    append_class,
)
from labkit.gan.gan import play
from labkit.gan.plane import PointCritic, perceptron


def test_a_class_joins_a_vector_by_hand():
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    found = append_class(torch.tensor([[7.0], [8.0]]), torch.tensor([2, 0]), table)
    assert found.tolist() == [[7, 5, 6], [8, 1, 2]]


def test_a_class_joins_an_image_as_maps():
    images, classes, table = torch.randn(3, 1, 4, 5), torch.tensor([1, 1, 0]), torch.randn(2, 6, requires_grad=True)
    found = append_class(images, classes, table)
    assert found.shape == (3, 7, 4, 5)
    assert torch.equal(found[:, :1], images)
    for row, k in enumerate(classes):
        for channel in range(6):
            assert (found[row, 1 + channel] == table[k, channel]).all()
    found.sum().backward()
    assert table.grad[:, 0].tolist() == [20, 40], "20 places an image, and class 1 came twice"


def test_the_projection_is_an_inner_product():
    """s(x, y) = psi(phi(x)) + v_y . phi(x): between two classes the score differs by (v_a - v_b) . phi(x)."""
    model, images = ProjectionDiscriminator(4, 8).eval(), torch.randn(5, 1, 28, 28)
    features, rows = model.discriminator.features(images), model.table.weight
    for k in range(4):
        expected = model.discriminator(images) + features @ rows[k]
        torch.testing.assert_close(model(images, torch.full((5,), k)), expected)


@pytest.mark.parametrize("player", [ConditionalDiscriminator, ProjectionDiscriminator])
def test_both_players_hear_the_class_of_each_sample(player):
    generator, discriminator = ConditionalGenerator(3, latent=4, width=8).eval(), player(3, 8).eval()
    nn.init.normal_(discriminator.table.weight)
    z, classes = torch.randn(2, 4), torch.tensor([0, 1])
    images, other = generator(z, classes), generator(z, torch.tensor([0, 2]))
    assert torch.equal(images[0], other[0])
    assert not torch.equal(images[1], other[1])
    scores, changed = discriminator(images, classes), discriminator(images, torch.tensor([0, 2]))
    assert scores[0] == changed[0]
    assert scores[1] != changed[1]


class Told(nn.Module):
    """A player that notes which samples it was shown with which classes."""

    def __init__(self):
        super().__init__()
        self.weight, self.heard = nn.Parameter(torch.zeros(())), []

    def forward(self, x, classes):
        self.heard.append((x, classes))
        return x[:, 0] * self.weight + self.weight


def test_fakes_are_made_and_scored_for_the_classes_of_the_batch():
    gan = ConditionalGAN(Told(), Told(), latent=3, classes=5)
    x, classes = torch.randn(4, 3), torch.tensor([4, 0, 0, 2])
    fake = gan.fake_like((x, classes))
    assert torch.equal(gan.generator.heard[0][1], classes)
    assert gan.generator.heard[0][0].shape == (4, 3)
    fake = torch.randn(4, 3)
    gan.discriminator_loss((x, classes), fake)
    gan.generator_loss((x, classes), fake)
    for (shown, told), expected in zip(gan.discriminator.heard, (x, fake, fake), strict=True):
        assert torch.equal(shown, expected)
        assert torch.equal(told, classes)


def test_without_a_wish_classes_are_drawn_alike():
    gan = ConditionalGAN(Told(), Told(), latent=3, classes=4)
    assert len(gan.generate(4000)) == 4000
    assert (gan.generator.heard[0][1].bincount(minlength=4) / 4000 - 0.25).abs().max() < 0.03


class Points(nn.Module):
    """A network for points that is told the class."""

    def __init__(self, network, classes):
        super().__init__()
        self.network, self.table = network, torch.eye(classes)

    def forward(self, x, classes):
        return self.network(append_class(x, classes, self.table))


def test_learns_which_class_is_where():
    torch.manual_seed(0)
    data = ring(3, radius=2.0, scale=0.2)
    gan = ConditionalGAN(Points(perceptron(2 + 3, 2, 32, 1), 3), Points(PointCritic(2 + 3, 32), 3), 2, 3)
    optimizers = tuple(
        torch.optim.Adam(player.parameters(), 5e-3, betas=(0.5, 0.9)) for player in (gan.generator, gan.discriminator)
    )
    play(gan, iter(lambda: data.sample_with_modes(96), None), optimizers, steps=250)
    classes = torch.arange(600) % 3
    nearest = torch.cdist(gan.generate_classes(classes), data.centers).argmin(dim=1)
    assert (nearest == classes).float().mean() > 0.95


def test_errors_at_the_door():
    with pytest.raises(ValueError, match="3 samples came with 2 classes"):
        append_class(torch.zeros(3, 1), torch.tensor([0, 1]), torch.zeros(2, 2))
    gan = ConditionalGAN(Told(), Told(), latent=3, classes=5)
    with pytest.raises(ValueError, match=r"there are classes 0 to 4; asked for \[1, 5\]"):
        gan.generate_classes(torch.tensor([5, 1]))
