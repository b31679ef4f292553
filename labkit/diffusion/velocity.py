r"""A network that need not copy its input: it predicts a mixture of noise and signal, from which the noise follows.

Axes: b batch, s steps, ... the shape of one sample.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.diffusion.schedules import Scheduled
from labkit.nn.kinds import as_index


class FromVelocity(Scheduled):
    r"""Predict the noise from the velocity v, a mixture of noise and signal, which `network` predicts.

    $$v = \sqrt{\bar\alpha_t}\, \epsilon - \sqrt{1 - \bar\alpha_t}\, x_0$$
    $$\epsilon = \sqrt{1 - \bar\alpha_t}\, x_t + \sqrt{\bar\alpha_t}\, v, \qquad
    \hat x_0 = \sqrt{\bar\alpha_t}\, x_t - \sqrt{1 - \bar\alpha_t}\, v$$

    With much noise, x is almost the noise itself and is passed on directly: the network's part is multiplied by a small
    number. So the guess of the clean sample stays bounded, although an error of the noise is divided by nearly 0.
    Salimans and Ho 2022, section 4, https://arxiv.org/abs/2202.00512
    """

    def __init__(self, network: nn.Module, kept: Float[Tensor, " s"]):
        super().__init__(kept)
        self.network = network

    def forward(
        self, x: Float[Tensor, "b ..."], t: Int[Tensor, " b"], labels: Int[Tensor, " b"] | None = None
    ) -> Float[Tensor, "b ..."]:
        share = self.kept[as_index(t, "steps")].view(-1, *[1] * (x.ndim - 1))  # b 1 ... 1
        velocity = self.network(x, t) if labels is None else self.network(x, t, labels)
        return (1 - share).sqrt().to(x.dtype) * x + share.sqrt().to(velocity.dtype) * velocity


def velocity(
    x0: Float[Tensor, "b ..."], noise: Float[Tensor, "b ..."], share: Float[Tensor, "*b"]
) -> Float[Tensor, "b ..."]:
    r"""$\sqrt{\bar\alpha} \epsilon - \sqrt{1 - \bar\alpha}\, x_0$; `share` is $\bar\alpha$, of a shape that fits."""
    return torch.sqrt(share).to(x0.dtype) * noise - torch.sqrt(1 - share).to(x0.dtype) * x0
