"""The Fréchet distance between two sets of features, each described by its mean and covariance.

Axes: n and m samples, d features.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def moments(features: Float[Tensor, "n d"]) -> tuple[Float[Tensor, " d"], Float[Tensor, "d d"]]:
    """Mean and covariance (divided by n - 1), in float64. Raises ValueError for fewer than two samples."""
    if len(features) < 2:
        raise ValueError(f"a covariance takes two samples or more, not {len(features)}")
    features = features.detach().double()
    return features.mean(dim=0), torch.atleast_2d(features.T.cov())


def gaussian_distance(
    mean_a: Float[Tensor, " d"],
    covariance_a: Float[Tensor, "d d"],
    mean_b: Float[Tensor, " d"],
    covariance_b: Float[Tensor, "d d"],
) -> float:
    r"""The squared Wasserstein-2 distance between two Gaussians.

    $$\|\mu_a - \mu_b\|^2 + \mathrm{Tr}\big(\Sigma_a + \Sigma_b - 2 (\Sigma_a \Sigma_b)^{1/2}\big)$$

    The eigenvalues of $\Sigma_a \Sigma_b$ are those of $\Sigma_a^{1/2} \Sigma_b \Sigma_a^{1/2}$, which is symmetric:
    the trace of the root is the sum of their square roots.
    Dowson and Landau 1982, https://doi.org/10.1016/0047-259X(82)90077-X
    """
    values, vectors = torch.linalg.eigh(covariance_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T  # rounding can leave an eigenvalue just below 0
    mixed = torch.linalg.eigvalsh(root @ covariance_b @ root).clamp(min=0).sqrt().sum()
    spread = covariance_a.trace() + covariance_b.trace() - 2 * mixed
    return ((mean_a - mean_b).square().sum() + spread.clamp(min=0)).item()


def frechet_distance(real: Float[Tensor, "n d"], fake: Float[Tensor, "m d"]) -> float:
    """The Fréchet distance between features of real and of generated samples: 0 if means and covariances agree.

    The larger, the further apart, in squared units of the features, so only distances in the features of one and the
    same network compare. Few samples make it too large: hold it against the distance between two real samples of the
    same sizes. Called FID with the features of an Inception network. Heusel et al. 2017, https://arxiv.org/abs/1706.08500
    """
    return gaussian_distance(*moments(real), *moments(fake))
