"""A classifier of digits that measures generated ones: which digit, with which probability, and in which features.

Axes: b batch, n training images, h height and w width (equal), f features, k classes.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.nn.kinds import as_index, drawn_on, normal_like
from labkit.train.evaluate import predict
from labkit.train.fit import fit
from labkit.train.schedules import linear


class DigitClassifier(nn.Module):
    """A small CNN for square images with one channel, pixels in [-1, 1]; its last hidden layer gives features.

    It is to the digits what Inception's network is to photographs: trained on real images only, so that its features
    describe what distinguishes them. `size` is the side of an image.
    Heusel et al. 2017, https://arxiv.org/abs/1706.08500, for the idea.
    """

    def __init__(self, classes: int = 10, size: int = 28, width: int = 16, features: int = 32):
        super().__init__()
        side = -(-size // 4)  # two strides of 2, rounded up
        self.maps = nn.Sequential(
            nn.Conv2d(1, width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
        )
        self.hidden = nn.Linear(2 * width * side**2, features)
        self.classify = nn.Linear(features, classes)

    def features(self, images: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b f"]:
        """Return the last hidden layer before its ReLU, which is closer to a Gaussian than after it."""
        return self.hidden(rearrange(self.maps(images), "b d h w -> b (d h w)"))

    def forward(self, images: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b k"]:
        return self.classify(self.features(images).relu())


def train_digit_classifier(
    images: Float[Tensor, "n 1 h w"],
    labels: Int[Tensor, " m"],
    steps: int = 200,
    batch: int = 64,
    noise: float = 0.0,
    draw: torch.Generator | None = None,
) -> DigitClassifier:
    """Train a classifier on real digits with Adam, its rate falling to 0, and return it in evaluation mode.

    Batches are random rows. Gaussian noise of deviation `noise` is added to every batch: it makes the classifier less
    sure of images that are not digits. Raises ValueError unless each image has a label.
    """
    if len(images) != len(labels):
        raise ValueError(f"{len(images)} images came with {len(labels)} labels: each image needs one")
    labels, home = as_index(labels, "labels"), drawn_on(draw, images)
    classifier = DigitClassifier(int(labels.max()) + 1, images.shape[-1]).to(images)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=3e-3)
    rows = (torch.randint(len(images), (batch,), generator=draw, device=home).to(images.device) for _ in range(steps))

    def loss(chosen: Int[Tensor, " b"]) -> Float[Tensor, ""]:
        seen = images[chosen]
        if noise:
            seen = seen + noise * normal_like(seen, draw)
        return F.cross_entropy(classifier(seen), labels[chosen])

    fit(loss, rows, optimizer, steps, linear(max(1, steps // 20), steps))
    return classifier.eval()


def recognized(classifier: nn.Module, images: Float[Tensor, "b 1 h w"], least: float = 0.9) -> float:
    """Return the fraction of images whose most probable class has a probability of at least `least`."""
    return (predict(classifier, images).softmax(dim=1).amax(dim=1) >= least).float().mean().item()
