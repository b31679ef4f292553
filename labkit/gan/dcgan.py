"""DCGAN: a GAN of convolutions, from a stack of 128 small maps to an image of 28 x 28, and back to one score.

Axes: b batch, z latent, h height and w width (28).
"""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

SIDE = 7  # of the maps between vector and image: an image is four times as large


class Generator(nn.Module):
    """Noise to image: a stack of 128 maps of 7 x 7, doubled in size twice by transposed convolutions.

    Batch norm and ReLU after each layer but the last, which ends in tanh: pixels are in [-1, 1]. What is followed by
    batch norm has no bias. Radford et al. 2016, section 3, https://arxiv.org/abs/1511.06434, for 28 x 28.
    """

    def __init__(self, latent: int = 64, width: int = 128, channels: int = 1):
        super().__init__()
        self.project = nn.Linear(latent, width * SIDE**2, bias=False)
        self.stem = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())
        self.enlarge = nn.Sequential(
            nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1, bias=False),  # 14 x 14
            nn.BatchNorm2d(width // 2),
            nn.ReLU(),
            nn.ConvTranspose2d(width // 2, channels, 4, stride=2, padding=1),  # 28 x 28
            nn.Tanh(),
        )
        initialize(self)

    def forward(self, z: Float[Tensor, "b z"]) -> Float[Tensor, "b c h w"]:
        maps = rearrange(self.project(z), "b (d h w) -> b d h w", h=SIDE, w=SIDE)  # b 128 7 7
        return self.enlarge(self.stem(maps))


class Discriminator(nn.Module):
    """Image to score: the way back, with strides in place of pooling, and leaky ReLUs.

    No batch norm at the input. A score is a logit, and the sigmoid is in the loss. Expects pixels in [-1, 1].
    Radford et al. 2016, section 3, https://arxiv.org/abs/1511.06434, for 28 x 28.
    """

    def __init__(self, width: int = 64, channels: int = 1):
        super().__init__()
        self.shrink = nn.Sequential(
            nn.Conv2d(channels, width // 2, 4, stride=2, padding=1),  # 14 x 14
            nn.LeakyReLU(0.2),
            nn.Conv2d(width // 2, width, 4, stride=2, padding=1, bias=False),  # 7 x 7
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.2),
        )
        self.score = nn.Linear(width * SIDE**2, 1)
        initialize(self)

    def features(self, images: Float[Tensor, "b c h w"]) -> Float[Tensor, "b features"]:
        """What the score is a linear function of."""
        if images.shape[2:] != (4 * SIDE, 4 * SIDE):
            raise ValueError(f"images should be (b, c, {4 * SIDE}, {4 * SIDE}), not {tuple(images.shape)}")
        return rearrange(self.shrink(images), "b d h w -> b (d h w)")

    def forward(self, images: Float[Tensor, "b c h w"]) -> Float[Tensor, " b"]:
        return self.score(self.features(images)).squeeze(dim=1)


def initialize(model: nn.Module) -> None:
    """Every weight from N(0, 0.02), the scales of batch norm from N(1, 0.02), biases 0.

    Radford et al. 2016, section 4, https://arxiv.org/abs/1511.06434; the scales as in PyTorch's own example.
    """
    for part in model.modules():
        if isinstance(part, nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.Embedding):
            nn.init.normal_(part.weight, 0.0, 0.02)
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.weight, 1.0, 0.02)
        if getattr(part, "bias", None) is not None:
            nn.init.zeros_(part.bias)
