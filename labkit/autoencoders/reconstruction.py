"""How far an image is from its reconstruction: summed over the pixels of each image, never averaged over them.

Why sums: a likelihood is a product over pixels, so its logarithm is a sum. Averaging over 784 pixels divides the
reconstruction by 784 and leaves a KL beside it as it was: the same as a KL weight of 784. Batches are averaged instead,
so that the loss does not depend on their size.

Axes: b batch, ... pixels.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def squared_error(reconstruction: Float[Tensor, "b ..."], x: Float[Tensor, "b ..."]) -> Float[Tensor, " b"]:
    r"""$\sum_p (\hat x_p - x_p)^2$ for each image. Raises ValueError if the shapes differ."""
    _check_shapes(reconstruction, x)
    return (reconstruction - x).square().flatten(1).sum(dim=1)


def bernoulli_nll(logits: Float[Tensor, "b ..."], x: Float[Tensor, "b ..."]) -> Float[Tensor, " b"]:
    r"""Nats per image, $-\sum_p x_p \log \sigma(l_p) + (1 - x_p) \log(1 - \sigma(l_p))$, for pixels between 0 and 1.

    Computed from the logits, so that a pixel that is surely wrong costs a large number and not infinity.
    Gray pixels are taken as probabilities of white, as in Kingma and Welling 2014, https://arxiv.org/abs/1312.6114;
    the least possible value is then the entropy of the pixels, not 0. Raises ValueError if the shapes differ or if a
    pixel lies outside of 0 to 1.
    """
    _check_shapes(logits, x)
    low, high = x.detach().aminmax()
    if low < 0 or high > 1:
        raise ValueError(
            f"pixels must lie between 0 and 1 to be probabilities, but run from {low:.3g} to {high:.3g}: "
            "do not standardize the images"
        )
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(dim=1)


def _check_shapes(reconstruction: Tensor, x: Tensor) -> None:
    if reconstruction.shape != x.shape:
        raise ValueError(
            f"reconstruction {tuple(reconstruction.shape)} and image {tuple(x.shape)} must have the same shape: "
            "flatten both, or neither"
        )
