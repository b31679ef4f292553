"""Vector quantizers: replace each vector by the nearest of a few codes, and still learn.

Axes: n vectors, d width of a vector, c codes in the book.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.nn.kinds import as_index, wide

Quantized = tuple[Tensor, Tensor, Tensor]


def nearest(vectors: Float[Tensor, "n d"], codebook: Float[Tensor, "c d"]) -> Int[Tensor, " n"]:
    r"""The number of the code nearest to each vector: the least $\|e\|^2 - 2 \langle v, e \rangle$.

    Both are first measured from the mean of the codes, in float32 at least. Where two codes are so close that this
    difference of large numbers cannot tell them apart, the distances of those vectors are taken one by one.
    """
    with torch.no_grad():
        center = wide(codebook).mean(dim=0)
        v, e = wide(vectors) - center, wide(codebook) - center
        scores = torch.addmm(e.square().sum(dim=1), v, e.T, alpha=-2)  # n c
        best = scores.min(dim=1).values
        size = v.square().sum(dim=1) + e.square().sum(dim=1).max()
        slack = 16 * torch.finfo(v.dtype).eps * size
        codes, close = scores.argmin(dim=1), (scores <= (best + slack)[:, None]).sum(dim=1) > 1
        if not close.is_meta and close.any():
            codes[close] = _one_by_one(v[close], e)
        return codes


def _one_by_one(vectors: Float[Tensor, "n d"], codebook: Float[Tensor, "c d"]) -> Int[Tensor, " n"]:
    """The nearest codes by the differences themselves, some vectors at a time."""
    parts = vectors.split(max(1, (1 << 22) // codebook.numel()))
    return torch.cat([(part[:, None] - codebook).square().sum(dim=-1).argmin(dim=1) for part in parts])


def quantize(
    vectors: Float[Tensor, "n d"], codebook: Float[Tensor, "c d"], beta: float = 0.25
) -> tuple[Float[Tensor, "n d"], Int[Tensor, " n"], Float[Tensor, ""]]:
    r"""The nearest codes $e$ in place of vectors $v$, their numbers, and what it costs to be apart.

    Straight through: the result has the codes' values, and its gradient goes to the vectors as if nothing had happened.
    The loss, a mean over vectors of squared lengths, moves codes to vectors and, with weight $\beta$, vectors to codes:
    $\|\mathrm{sg}[v] - e\|^2 + \beta \|v - \mathrm{sg}[e]\|^2$, where sg lets no gradient through.
    Van den Oord et al. 2017, eq. 3, https://arxiv.org/abs/1711.00937
    """
    codes = nearest(vectors, codebook)
    chosen = F.embedding(codes, codebook)
    to_vectors = (vectors.detach() - chosen).square().sum(dim=1).mean()
    to_codes = (vectors - chosen.detach()).square().sum(dim=1).mean()
    return vectors + (chosen - vectors).detach(), codes, to_vectors + beta * to_codes


def usage(codes: Int[Tensor, "*n"], size: int) -> Float[Tensor, " c"]:
    """The share of each of `size` codes among those used."""
    return as_index(codes, "codes").flatten().bincount(minlength=size) / codes.numel()


def perplexity(codes: Int[Tensor, "*n"], size: int) -> float:
    r"""How many codes are in use, counted by how evenly: $e^{H}$, from 1 (always the same) to `size` (all alike)."""
    return torch.special.entr(usage(codes, size)).sum().exp().item()


class VectorQuantizer(nn.Module):
    """A codebook learned by gradient: a code that is never the nearest gets none, and stays where it is.

    Van den Oord et al. 2017, https://arxiv.org/abs/1711.00937
    """

    def __init__(self, codes: int, width: int, beta: float = 0.25):
        super().__init__()
        self.beta = beta
        self.codebook = nn.Parameter(torch.empty(codes, width).uniform_(-1 / codes, 1 / codes))

    def forward(self, vectors: Float[Tensor, "n d"]) -> Quantized:
        """As `quantize`."""
        return quantize(vectors, self.codebook, self.beta)


class EMAQuantizer(nn.Module):
    r"""A codebook that follows the vectors by moving average: each code goes to the mean of those it stood for.

    $$N_i \leftarrow \gamma N_i + (1 - \gamma) n_i, \qquad m_i \leftarrow \gamma m_i + (1 - \gamma) \sum_j v_{ij},
    \qquad e_i = m_i / N_i$$

    with $n_i$ vectors $v_{ij}$ of the batch nearest to code $i$; the loss keeps only its second term. A code whose
    share $N_i$ is less than `revive` of an even one is dead: it is moved onto a vector of the batch, drawn at random.
    With `revive=0` none is. Van den Oord et al. 2017, appendix A.1, https://arxiv.org/abs/1711.00937; restarts:
    Dhariwal et al. 2020, https://arxiv.org/abs/2005.00341
    """

    def __init__(self, codes: int, width: int, beta: float = 0.25, decay: float = 0.99, revive: float = 0.1):
        super().__init__()
        self.beta, self.decay, self.revive = beta, decay, revive
        start = torch.empty(codes, width).uniform_(-1 / codes, 1 / codes)
        self.register_buffer("codebook", start.clone())
        self.register_buffer("counts", torch.ones(codes))
        self.register_buffer("sums", start.clone())

    def forward(self, vectors: Float[Tensor, "n d"]) -> Quantized:
        """As `quantize`, without the loss of the codes; in training the codebook moves afterwards."""
        quantized, codes, _ = quantize(vectors, self.codebook)
        to_codes = (vectors - self.codebook[codes]).square().sum(dim=1).mean()
        if self.training:
            self._follow(vectors.detach(), codes)
        return quantized, codes, self.beta * to_codes

    @torch.no_grad()
    def _follow(self, vectors: Float[Tensor, "n d"], codes: Int[Tensor, " n"]) -> None:
        count = torch.zeros(len(self.counts), dtype=torch.int64, device=codes.device)
        count = count.index_add_(0, codes, torch.ones_like(codes)).to(self.counts.dtype)
        total = torch.zeros_like(self.sums).index_add_(0, codes, vectors.to(self.sums.dtype))
        self.counts = self.decay * self.counts + (1 - self.decay) * count
        self.sums = self.decay * self.sums + (1 - self.decay) * total
        dead = self.counts < self.revive * self.counts.mean()
        fresh = vectors[torch.randint(len(vectors), (len(dead),), device=vectors.device)]
        self.counts = torch.where(dead, self.counts.mean(), self.counts)
        self.sums = torch.where(dead[:, None], fresh * self.counts[:, None], self.sums)
        self.codebook = self.sums / self.counts[:, None]
