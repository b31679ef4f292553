"""The classic convolutional classifier: convolution and pooling, twice, then two dense layers.

Axes: b batch, c channels, h w rows and columns, k classes.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labkit.cnn.receptive_field import output_size


class CNN(nn.Module):
    r"""Two rounds of convolution, ReLU and max-pooling, then two dense layers; every picture becomes `classes` logits.

    With its defaults, for 28 x 28: $320 + 18{,}496 + 102{,}464 + 650 = 121{,}930$ weights. Convolutions are unpadded.
    `channels` and `size` describe the pictures. Raises ValueError for pictures of another shape, or too small.
    LeCun et al. 1998, https://doi.org/10.1109/5.726791, with the ReLU of Krizhevsky et al. 2012
    """

    def __init__(
        self,
        classes: int = 10,
        channels: int = 1,
        size: int = 28,
        filters: tuple[int, int] = (32, 64),
        hidden: int = 64,
    ):
        super().__init__()
        self.shape = (channels, size, size)
        side = size
        for _ in filters:
            side = output_size(output_size(side, 3), 2, stride=2)
        # ReLU and maximum may change places; after pooling the ReLU has a quarter of the numbers to look at.
        self.features = nn.Sequential(
            nn.Conv2d(channels, filters[0], kernel_size=3),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
            nn.Conv2d(filters[0], filters[1], kernel_size=3),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(filters[1] * side**2, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, classes)
        )
        self.to(memory_format=torch.channels_last)  # the layout in memory that fused convolutions are fastest on

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b k"]:
        if x.shape[1:] != self.shape:
            raise ValueError(f"this CNN takes pictures of shape {self.shape}, not {tuple(x.shape[1:])}")
        return self.classifier(self.features(x))
