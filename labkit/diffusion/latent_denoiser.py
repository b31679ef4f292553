"""A small residual network that predicts the noise in a vector: the U-Net's part where there are no places.

Axes: b batch, z latent.
"""

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.diffusion.time_embedding import TimeEmbedding


class ResidualLayer(nn.Module):
    r"""$x + W_2\,\mathrm{SiLU}(W_1\,\mathrm{norm}(x) + W e)$: the step and the class come in through $e$."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first, self.step, self.second = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x: Float[Tensor, "b d"], embedded: Float[Tensor, "b d"]) -> Float[Tensor, "b d"]:
        return x + self.second(F.silu(self.first(self.norm(x)) + self.step(embedded)))


class LatentDenoiser(nn.Module):
    """A latent vector and a step in, the noise in the vector out.

    With `classes` it takes labels from 0 to `classes`, the last of which means "no class".
    After Ho et al. 2020, https://arxiv.org/abs/2006.11239: the residual blocks of its U-Net, without convolutions.
    """

    def __init__(self, latent: int, width: int = 128, depth: int = 3, classes: int = 0):
        super().__init__()
        self.classes = classes
        self.embed = TimeEmbedding(width, width, classes)
        self.enter, self.leave = nn.Linear(latent, width), nn.Linear(width, latent)
        self.layers = nn.ModuleList(ResidualLayer(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        nn.init.zeros_(self.leave.weight)

    def forward(
        self, x: Float[Tensor, "b z"], t: Int[Tensor, " b"], labels: Int[Tensor, " b"] | None = None
    ) -> Float[Tensor, "b z"]:
        embedded = F.silu(self.embed(t, labels))
        x = self.enter(x)
        for layer in self.layers:
            x = layer(x, embedded)
        return self.leave(self.norm(x))
