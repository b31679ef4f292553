"""LeNet-5, the network that read checks.

Axes: b batch, c channels, h w rows and columns, k classes.
"""

import torch
import torch.nn.functional as F
from einops import einsum, reduce
from jaxtyping import Bool, Float
from torch import Tensor, nn

# Which of the 6 maps of S2 each of the 16 maps of C3 reads: three neighbors, four neighbors, two pairs, all.
READS = (
    *([i, (i + 1) % 6, (i + 2) % 6] for i in range(6)),
    *(sorted((i + j) % 6 for j in range(4)) for i in range(6)),
    *([i, i + 1, (i + 3) % 6, (i + 4) % 6] for i in range(3)),
    [0, 1, 2, 3, 4, 5],
)


class ScaledTanh(nn.Module):
    r"""$1.7159 \tanh(2a/3)$, which takes 1 to 1 and -1 to -1.

    LeCun et al. 1998, appendix A, https://doi.org/10.1109/5.726791
    """

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return 1.7159 * torch.tanh(x * (2 / 3))


class Subsampling(nn.Module):
    """The sum of each window of 2 x 2, times a weight plus a bias: one of each for a channel.

    LeCun et al. 1998, section II-B, https://doi.org/10.1109/5.726791
    """

    def __init__(self, channels: int):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.full((channels,), 0.25)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h/2 w/2"]:
        total = reduce(x, "b c (h i) (w j) -> b c h w", "sum", i=2, j=2)
        return einsum(total, self.weight, "b c h w, c -> b c h w") + self.bias[:, None, None]


class PartialConv2d(nn.Conv2d):
    """A convolution in which every filter reads the channels of its row in `reads`, and no others.

    LeCun et al. 1998, table I, https://doi.org/10.1109/5.726791
    """

    def __init__(self, reads: tuple[list[int], ...], channels: int, kernel: int):
        super().__init__(channels, len(reads), kernel)
        connected = torch.zeros(len(reads), channels, 1, 1, dtype=torch.bool)
        for filter, row in enumerate(reads):
            connected[filter, row] = True
        self.register_buffer("connected", connected)

    @property
    def connections(self) -> Bool[Tensor, "o c"]:
        """Who reads whom."""
        return self.connected[:, :, 0, 0]

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b o y x"]:
        return F.conv2d(x, self.weight * self.connected, self.bias)

    def weights(self) -> int:
        """How many numbers it learns: the unconnected ones are never read."""
        return int(self.connected.sum()) * self.weight[0, 0].numel() + self.bias.numel()


class LeNet5(nn.Module):
    """Seven layers, 60,000 weights up to the last: convolve, subsample, convolve, subsample, then decide.

    Takes 32 x 32 pictures; 28 x 28 ones get a margin of 2, as in the paper. The last layer was a set of fixed radial
    basis functions; here it is linear, with 850 weights of its own, so that it can be trained with cross-entropy.
    Raises ValueError for pictures of another size. LeCun et al. 1998,
    https://doi.org/10.1109/5.726791
    """

    def __init__(self, classes: int = 10):
        super().__init__()
        self.c1, self.s2 = nn.Conv2d(1, 6, 5), Subsampling(6)
        self.c3, self.s4 = PartialConv2d(READS, 6, 5), Subsampling(16)
        self.c5, self.f6 = nn.Conv2d(16, 120, 5), nn.Linear(120, 84)
        self.out, self.squash = nn.Linear(84, classes), ScaledTanh()

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b k"]:
        x = self.framed(x)
        x = self.squash(self.s2(self.squash(self.c1(x))))  # b 6 14 14
        x = self.squash(self.s4(self.squash(self.c3(x))))  # b 16 5 5
        x = self.squash(self.c5(x)).flatten(1)  # b 120
        return self.out(self.squash(self.f6(x)))

    @staticmethod
    def framed(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 1 32 32"]:
        """Pictures at 32 x 32."""
        if x.shape[1:] not in ((1, 28, 28), (1, 32, 32)):
            raise ValueError(f"LeNet-5 takes gray pictures of 28 x 28 or 32 x 32, not {tuple(x.shape[1:])}")
        return F.pad(x, (2, 2, 2, 2)) if x.shape[-1] == 28 else x

    def weights(self) -> int:
        """How many numbers it learns; the weights that C3 does not connect are none."""
        idle = sum(p.numel() for p in self.c3.parameters()) - self.c3.weights()
        return sum(p.numel() for p in self.parameters()) - idle
