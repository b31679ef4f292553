"""The conditional GAN: both players receive the class, so that the generator can be asked for one.

Axes: b batch, c channels or features, e width of a class's vector, space what follows the channels, z latent.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.gan.dcgan import Discriminator, Generator, initialize
from labkit.gan.gan import GAN
from labkit.gan.losses import NON_SATURATING, Losses
from labkit.nn.kinds import as_index, reaches_beyond


def append_class(
    x: Float[Tensor, "b c *space"], classes: Int[Tensor, " labels"], table: Float[Tensor, "classes e"]
) -> Float[Tensor, "b all *space"]:
    """Append to each sample the row of `table` that belongs to its class, after the channels of the sample.

    Vectors (b, c) become (b, c + e). Images (b, c, h, w) become (b, c + e, h, w): each of the e numbers fills a map of
    its own, since a convolution must find it at every place. Raises ValueError unless each sample has a class.
    Mirza and Osindero 2014, section 3.2, https://arxiv.org/abs/1411.1784
    """
    if len(classes) != len(x):
        raise ValueError(f"{len(x)} samples came with {len(classes)} classes: each sample needs its own")
    rows = table[as_index(classes, "classes")]  # b e
    maps = rows.reshape(*rows.shape, *[1] * (x.ndim - 2)).expand(-1, -1, *x.shape[2:])  # b e *space
    return torch.cat([x, maps], dim=1)


class ConditionalGenerator(nn.Module):
    """Noise and a class to an image: DCGAN's generator, its noise made longer by the class's vector.

    Mirza and Osindero 2014, https://arxiv.org/abs/1411.1784, on the networks of Radford et al. 2016.
    """

    def __init__(self, classes: int, latent: int = 64, width: int = 128, embedding: int = 10):
        super().__init__()
        self.table = nn.Embedding(classes, embedding)  # N(0, 1), the size of the noise beside it
        self.generator = Generator(latent + embedding, width)

    def forward(self, z: Float[Tensor, "b z"], classes: Int[Tensor, " b"]) -> Float[Tensor, "b 1 h w"]:
        return self.generator(append_class(z, classes, self.table.weight))


class ConditionalDiscriminator(nn.Module):
    """Image and class to a score: are they real, and do they belong together? The class comes as further channels.

    Mirza and Osindero 2014, https://arxiv.org/abs/1411.1784, on the networks of Radford et al. 2016.
    """

    def __init__(self, classes: int, width: int = 64, embedding: int = 10):
        super().__init__()
        self.table = nn.Embedding(classes, embedding)
        self.discriminator = Discriminator(width, 1 + embedding)

    def forward(self, images: Float[Tensor, "b 1 h w"], classes: Int[Tensor, " b"]) -> Float[Tensor, " b"]:
        return self.discriminator(append_class(images, classes, self.table.weight))


class ProjectionDiscriminator(nn.Module):
    r"""Image and class to a score, the class by an inner product: $s(x, y) = \psi(\phi(x)) + v_y \cdot \phi(x)$.

    $\phi(x)$ are the features of a DCGAN discriminator, $\psi$ is linear, and $v_y$ is learned for each class.
    Miyato and Koyama 2018, https://arxiv.org/abs/1802.05637
    """

    def __init__(self, classes: int, width: int = 64):
        super().__init__()
        self.discriminator = Discriminator(width)
        self.table = nn.Embedding(classes, self.discriminator.score.in_features)
        initialize(self.table)

    def forward(self, images: Float[Tensor, "b 1 h w"], classes: Int[Tensor, " b"]) -> Float[Tensor, " b"]:
        features = self.discriminator.features(images)
        return self.discriminator.score(features).squeeze(dim=1) + (
            self.table(as_index(classes, "classes")) * features
        ).sum(dim=1)


class ConditionalGAN(GAN):
    r"""A GAN whose players both know the class y: $\min_G \max_D E[\log D(x | y)] + E[\log(1 - D(G(z | y) | y))]$.

    `generator` takes noise and classes, `discriminator` samples and classes, and batches are pairs of both. Fakes are
    made and scored for the classes of the batch. `classes` is how many there are.
    Mirza and Osindero 2014, eq. 2, https://arxiv.org/abs/1411.1784
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        latent: int,
        classes: int,
        losses: Losses = NON_SATURATING,
    ):
        super().__init__(generator, discriminator, latent, losses)
        self.classes = classes

    def generate(self, count: int) -> Float[Tensor, " count *sample"]:
        """New samples of classes drawn at random, all equally likely."""
        return self.generate_classes(torch.randint(self.classes, (count,)))

    def generate_classes(self, classes: Int[Tensor, " b"]) -> Float[Tensor, " b *sample"]:
        """A new sample of each class asked for. Raises ValueError for a class that there is not."""
        classes = as_index(classes, "classes")
        if reaches_beyond(classes, self.classes):
            raise ValueError(f"there are classes 0 to {self.classes - 1}; asked for {classes.unique().tolist()}")
        noise = self.noise(len(classes))
        return self.generator(noise, classes.to(noise.device))

    def fake_like(self, batch: tuple[Tensor, Int[Tensor, " b"]]) -> Tensor:
        """A fake for each class of the batch."""
        return self.generate_classes(batch[1])

    def discriminator_loss(self, batch: tuple[Tensor, Int[Tensor, " b"]], fake: Tensor) -> Float[Tensor, ""]:
        """Real samples with their classes against fakes with the classes that they were made for."""
        x, classes = batch
        return self.losses.discriminator(self.discriminator(x, classes), self.discriminator(fake, classes))

    def generator_loss(self, batch: tuple[Tensor, Int[Tensor, " b"]], fake: Tensor) -> Float[Tensor, ""]:
        """The fakes should pass as what they were made for."""
        return self.losses.generator(self.discriminator(fake, batch[1]))
