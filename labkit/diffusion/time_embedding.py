"""The step as a vector: sines of many wavelengths, then two layers.

Axes: b batch, d width of the waves, e width of the embedding.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.nn.kinds import as_index


def sinusoidal(t: Int[Tensor, " b"] | Float[Tensor, " b"], width: int) -> Float[Tensor, "b {width}"]:
    r"""$\cos(\omega_i t)$ and then $\sin(\omega_i t)$, for $\omega_i = 10000^{-2 i / d}$.

    Neighboring steps look alike, far ones do not. Raises ValueError for an odd width. As the positions of Vaswani et
    al. 2017, section 3.5, https://arxiv.org/abs/1706.03762, and in Ho et al. 2020, https://arxiv.org/abs/2006.11239
    """
    if width < 2 or width % 2:
        raise ValueError(f"half of the width is for cosines and half for sines: an even number, not {width}")
    half = width // 2
    frequencies = torch.exp(-math.log(10_000) / half * torch.arange(half, device=t.device))
    angles = t[:, None] * frequencies  # b d/2
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class TimeEmbedding(nn.Module):
    """The step, and the class if there are classes, as one vector that every block gets.

    Labels run from 0 to `classes`; the last number stands for "no class". Without labels all are "no class".
    Raises ValueError for labels where the network has no classes.
    Ho et al. 2020, appendix B, https://arxiv.org/abs/2006.11239
    """

    def __init__(self, width: int, embedding: int, classes: int = 0):
        super().__init__()
        self.width, self.classes = width, classes
        self.layers = nn.Sequential(nn.Linear(width, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.table = nn.Embedding(classes + 1, embedding) if classes else None

    def forward(self, t: Int[Tensor, " b"], labels: Int[Tensor, " b"] | None = None) -> Float[Tensor, "b e"]:
        waves = sinusoidal(t, self.width)
        embedded = self.layers(waves.to(self.layers[0].weight.dtype))
        if self.table is None:
            if labels is not None:
                raise ValueError("this network knows no classes: build it with classes=..., or leave the labels out")
            return embedded
        if labels is None:
            labels = torch.full(t.shape, self.classes, device=t.device)
        return embedded + self.table(as_index(labels, "labels"))
