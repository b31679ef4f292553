"""A classifier that looks at generated digits: which digit, how surely, and in which features.

Axes: b batch, f features, k classes.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.train.fit import fit


class Judge(nn.Module):
    """A small CNN for images of 28 x 28 with one channel, pixels in [-1, 1]; its last hidden layer gives features.

    What Inception's network is to photographs, this is to the digits: it has learned from real ones what tells them
    apart, and never saw a generated one. Heusel et al. 2017, https://arxiv.org/abs/1706.08500, for the idea.
    """

    def __init__(self, classes: int = 10, width: int = 16, features: int = 32):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
        )
        self.hidden = nn.Linear(2 * width * 7 * 7, features)
        self.classify = nn.Linear(features, classes)

    def features(self, images: Float[Tensor, "b 1 28 28"]) -> Float[Tensor, "b f"]:
        """The last hidden layer, before its ReLU, so that it is nearer to a Gaussian."""
        return self.hidden(rearrange(self.maps(images), "b d h w -> b (d h w)"))

    def forward(self, images: Float[Tensor, "b 1 28 28"]) -> Float[Tensor, "b k"]:
        return self.classify(self.features(images).relu())


def train_judge(
    images: Float[Tensor, "n 1 28 28"],
    classes: Int[Tensor, " n"],
    steps: int = 200,
    batch: int = 64,
    draw: torch.Generator | None = None,
) -> Judge:
    """Teach a judge with Adam on random batches; it comes back in evaluation mode."""
    judge = Judge(int(classes.max()) + 1).to(images.device)
    optimizer = torch.optim.Adam(judge.parameters(), lr=3e-3)
    rows = (torch.randint(len(images), (batch,), generator=draw).to(images.device) for _ in range(steps))
    fit(lambda chosen: F.cross_entropy(judge(images[chosen]), classes[chosen]), rows, optimizer, steps)
    return judge.eval()
