"""Principal component analysis: the best linear autoencoder, in closed form.

Axes: n images, p pixels, z latent.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class PCA:
    """A mean, and `components`: orthonormal rows, the directions in which the data vary most, the widest first."""

    mean: Float[Tensor, " p"]
    components: Float[Tensor, "z p"]

    def encode(self, x: Float[Tensor, "n p"]) -> Float[Tensor, "n z"]:
        """How far each image lies along each direction."""
        return (x - self.mean) @ self.components.T

    def decode(self, z: Float[Tensor, "n z"]) -> Float[Tensor, "n p"]:
        """The point that lies so far along each direction."""
        return self.mean + z @ self.components


def fit_pca(x: Float[Tensor, "n p"], latent: int) -> PCA:
    r"""The subspace of `latent` dimensions with the least squared error: the first right singular vectors of $X - \mu$.

    Pearson 1901, https://doi.org/10.1080/14786440109462720; that no other subspace is better: Eckart and Young 1936,
    https://doi.org/10.1007/BF02288367. Raises ValueError if the data have fewer dimensions than `latent`.
    """
    if not 1 <= latent <= min(x.shape):
        raise ValueError(f"{len(x)} images of {x.shape[1]} pixels have 1 to {min(x.shape)} components, not {latent}")
    mean = x.mean(dim=0)
    return PCA(mean, torch.linalg.svd(x - mean, full_matrices=False).Vh[:latent])


def principal_angles(rows: Float[Tensor, "z p"], others: Float[Tensor, "y p"]) -> Float[Tensor, " z"]:
    r"""The angles between the subspaces that two sets of rows span, in degrees, least first; 0 where they agree.

    With orthonormal bases $A, B$ the cosines are the singular values of $A B^\top$; below 45 degrees the sines, the
    singular values of $B - B A^\top A$, are exact where cosines are not. Björck and Golub 1973,
    https://doi.org/10.1090/S0025-5718-1973-0348991-3. Raises ValueError if the shapes differ or rows are dependent.
    """
    if rows.shape != others.shape:
        raise ValueError(f"both need the same shape, but came as {tuple(rows.shape)} and {tuple(others.shape)}")
    if min(torch.linalg.matrix_rank(rows), torch.linalg.matrix_rank(others)) < len(rows):
        raise ValueError(f"the {len(rows)} rows span fewer than {len(rows)} dimensions: pass independent ones")
    a, b = (torch.linalg.qr(matrix.T.double()).Q.T for matrix in (rows, others))
    cosines = torch.linalg.svdvals(a @ b.T).clamp(max=1)
    sines = torch.linalg.svdvals(b - b @ a.T @ a).flip(0).clamp(max=1)
    return torch.where(cosines > 0.7, sines.asin(), cosines.acos()).rad2deg()
