"""The VQ-VAE: an image becomes a small grid of whole numbers.

Axes: b batch, y and x rows and columns of an image, i and j of the grid of codes, d width of a code.
"""

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.autoencoders.quantizer import EMAQuantizer, Quantized, VectorQuantizer
from labkit.autoencoders.reconstruction import bernoulli_nll
from labkit.nn.kinds import as_index


class VQVAE(nn.Module):
    r"""A convolutional encoder makes a grid of vectors, a quantizer names each by its nearest code, a decoder draws.

    $$-\log p(x \mid e) + \sum_{i,j} \|\mathrm{sg}[v_{ij}] - e_{ij}\|^2 + \beta \|v_{ij} - \mathrm{sg}[e_{ij}]\|^2$$

    With an even prior over codes, the KL is the constant $\log K$ for each: there is nothing to collapse. A 28x28 image
    becomes 7x7 codes. Van den Oord et al. 2017, https://arxiv.org/abs/1711.00937
    """

    def __init__(self, quantizer: VectorQuantizer | EMAQuantizer, hidden: int = 32):
        super().__init__()
        width = quantizer.codebook.shape[1]
        self.encoder = nn.Sequential(
            nn.Conv2d(1, hidden // 2, 4, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(hidden // 2, hidden, 4, stride=2, padding=1), nn.ReLU(), nn.Conv2d(hidden, width, 1),
        )  # fmt: skip
        self.quantizer = quantizer
        self.decoder = nn.Sequential(
            nn.Conv2d(width, hidden, 3, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(hidden, hidden // 2, 4, stride=2, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(hidden // 2, 1, 4, stride=2, padding=1),
        )  # fmt: skip

    def quantized(self, image: Float[Tensor, "b 1 y x"]) -> Quantized:
        """The grid of codes' vectors (b d i j), their numbers (b i j), and the quantizer's loss per image."""
        if image.shape[2] % 4 or image.shape[3] % 4:
            raise ValueError(f"height and width are halved twice and must be multiples of 4: {tuple(image.shape)}")
        vectors = self.encoder(image)
        b, _, i, j = vectors.shape
        quantized, codes, loss = self.quantizer(rearrange(vectors, "b d i j -> (b i j) d"))
        grid = rearrange(quantized, "(b i j) d -> b d i j", b=b, i=i)
        return grid, codes.view(b, i, j), loss * i * j  # the sum over the grid, as the sum over pixels beside it

    def encode(self, image: Float[Tensor, "b 1 y x"]) -> Int[Tensor, "b i j"]:
        """Each image as a grid of code numbers."""
        return self.quantized(image)[1]

    def decode(self, codes: Int[Tensor, "b i j"]) -> Float[Tensor, "b 1 y x"]:
        """Images from code numbers, with pixels between 0 and 1."""
        return self.decoder(
            rearrange(self.quantizer.codebook[as_index(codes, "codes")], "b i j d -> b d i j")
        ).sigmoid()

    def forward(self, image: Float[Tensor, "b 1 y x"]) -> Float[Tensor, "b 1 y x"]:
        """The reconstruction."""
        return self.decoder(self.quantized(image)[0]).sigmoid()

    def loss(self, image: Float[Tensor, "b 1 y x"]) -> Float[Tensor, ""]:
        """Nats per image and the quantizer's loss, the mean over the batch."""
        grid, _, quantizer = self.quantized(image)
        return bernoulli_nll(self.decoder(grid), image).mean() + quantizer


@torch.no_grad()
def bits(codes: Int[Tensor, "b i j"], size: int) -> float:
    """What the codes of one image take, written with equally many bits each."""
    return codes[0].numel() * torch.tensor(float(size)).log2().item()
