"""Classifier-free guidance: one network that predicts with and without the class, and a weight for their difference.

Axes: b batch, ... the shape of one sample.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.diffusion.ddpm import Denoiser, Predict
from labkit.nn.kinds import as_index


def guide(
    conditional: Float[Tensor, "b ..."], unconditional: Float[Tensor, "b ..."], weight: Float[Tensor, " b"]
) -> Float[Tensor, "b ..."]:
    r"""Start at the prediction without the class and go `weight` times the way to the one with it.

    $$\epsilon = \epsilon(x_t, \varnothing) + w \big(\epsilon(x_t, c) - \epsilon(x_t, \varnothing)\big)$$

    0 ignores the class, 1 is the prediction with it, more than 1 exaggerates it. Each sample has its own weight. The
    paper's own weight counts from the conditional prediction: ours minus 1.
    Raises ValueError if the shapes differ. Ho and Salimans 2022, https://arxiv.org/abs/2207.12598
    """
    if conditional.shape != unconditional.shape:
        raise ValueError(
            f"both predictions are for the same x, but came as {(*conditional.shape,)} and {(*unconditional.shape,)}"
        )
    weight = weight.view(-1, *[1] * (conditional.ndim - 1))  # b 1 ... 1
    return unconditional + weight * (conditional - unconditional)


def drop_labels(labels: Int[Tensor, " b"], none: int, share: float = 0.15) -> Int[Tensor, " b"]:
    """Replace a random `share` of the labels by `none`, so that one network learns both.

    Raises ValueError for a share outside of 0 to 1. Ho and Salimans 2022, algorithm 1,
    https://arxiv.org/abs/2207.12598
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share of labels to drop lies between 0 and 1, not at {share}")
    labels = as_index(labels, "labels")
    return labels.where(torch.rand(labels.shape, device=labels.device) >= share, none)


def guided(denoiser: Denoiser, labels: Int[Tensor, " b"], none: int, weight: float | Tensor = 2.0) -> Predict:
    """Return the guided prediction as a function of x and t, as samplers want it.

    Both predictions come from one pass over a batch of twice the size. `weight` is one number, or one for each sample.
    """
    labels = as_index(labels, "labels")
    both = torch.cat([labels, torch.full_like(labels, none)])
    weights = torch.as_tensor(weight, dtype=torch.float32, device=labels.device).expand(len(labels))

    def predict(x: Tensor, t: Tensor) -> Tensor:
        conditional, unconditional = denoiser(torch.cat([x, x]), torch.cat([t, t]), both.to(x.device)).chunk(2)
        return guide(conditional, unconditional, weights.to(x))

    return predict
