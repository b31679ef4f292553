r"""Denoising diffusion: add noise step by step, learn to predict it, and remove it step by step.

`kept` is the schedule $\bar\alpha$ (see `schedules`); `now` and `then` are two of its values: at the step where a
sample is, and at the one to which it goes next. In the last step `then` is 1: only signal is left.

Axes: b batch, s steps, ... the shape of one sample, such as c h w.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.diffusion.schedules import Scheduled
from labkit.nn.kinds import as_index, reaches_beyond

Predict = Callable[[Tensor, Tensor], Tensor]  # (x_t, t) -> the noise in it
Denoiser = Callable[..., Tensor]  # the same, perhaps with labels: (x_t, t, labels) -> the noise in it


def jump(
    x0: Float[Tensor, "b ..."], t: Int[Tensor, " b"], noise: Float[Tensor, "b ..."], kept: Float[Tensor, " s"]
) -> Float[Tensor, "b ..."]:
    r"""Jump straight to step t: $x_t = \sqrt{\bar\alpha_t} x_0 + \sqrt{1 - \bar\alpha_t} \epsilon$.

    Each sample has a step of its own. Raises ValueError if sample and noise differ in shape, or a step is not in the
    schedule. Ho et al. 2020, eq. 4, https://arxiv.org/abs/2006.11239
    """
    if x0.shape != noise.shape:
        raise ValueError(f"samples {(*x0.shape,)} and noise {(*noise.shape,)} must have the same shape")
    t = as_index(t, "steps")
    if reaches_beyond(t, len(kept)):
        raise ValueError(f"steps run from 0 to {len(kept) - 1}, but some are from {t.min()} to {t.max()}")
    share = kept.to(x0.device)[t].view(-1, *[1] * (x0.ndim - 1))  # b 1 ... 1
    return share.sqrt().to(x0.dtype) * x0 + (1 - share).sqrt().to(x0.dtype) * noise


def clean_guess(
    x: Float[Tensor, "b ..."], noise: Float[Tensor, "b ..."], now: Float[Tensor, ""]
) -> Float[Tensor, "b ..."]:
    r"""Return the clean sample, if `noise` is the noise in x.

    $$\hat x_0 = (x_t - \sqrt{1 - \bar\alpha_t} \, \epsilon) / \sqrt{\bar\alpha_t}$$
    Ho et al. 2020, eq. 15, https://arxiv.org/abs/2006.11239
    """
    return (x - (1 - now).sqrt() * noise) / now.sqrt()


def ddpm_step(
    x: Float[Tensor, "b ..."],
    noise: Float[Tensor, "b ..."],
    now: Float[Tensor, ""],
    then: Float[Tensor, ""],
    fresh: Float[Tensor, "b ..."],
) -> Float[Tensor, "b ..."]:
    r"""One reverse step: a draw from $q(x_{t-1} \mid x_t, \hat x_0)$, with $\alpha = $ `now` / `then`.

    $$x_{t-1} = \frac{1}{\sqrt{\alpha}} \Big(x_t - \frac{1 - \alpha}{\sqrt{1 - \bar\alpha_t}} \epsilon\Big) + \sigma z,
    \qquad \sigma^2 = \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t} (1 - \alpha)$$

    `noise` is the predicted $\epsilon$, `fresh` is new noise $z$. The last step, where `then` is 1, adds none.
    Ho et al. 2020, algorithm 2 with the smaller variance of section 3.2, https://arxiv.org/abs/2006.11239
    """
    alpha = now / then
    mean = (x - (1 - alpha) / (1 - now).sqrt() * noise) / alpha.sqrt()
    return mean + ((1 - then) / (1 - now) * (1 - alpha)).sqrt() * fresh


class DDPM(Scheduled):
    r"""A denoiser with a schedule, and the loss it is trained by: $E \|\epsilon - \epsilon_\theta(x_t, t)\|^2$.

    `denoiser(x, t)` is any network that predicts the noise; if it knows classes, it takes `labels` as a third argument.
    The loss is the mean over all numbers of a batch. Ho et al. 2020, eq. 14, https://arxiv.org/abs/2006.11239
    """

    def __init__(self, denoiser: nn.Module, kept: Float[Tensor, " s"]):
        super().__init__(kept)
        self.denoiser = denoiser

    def loss(self, x0: Float[Tensor, "b ..."], labels: Int[Tensor, " b"] | None = None) -> Float[Tensor, ""]:
        """Lines 2 to 5 of algorithm 1: a random step and noise for each sample, and the error of the prediction."""
        t = torch.randint(len(self.kept), (len(x0),), device=x0.device)
        noise = torch.randn_like(x0)
        return self.loss_at(x0, t, noise, labels)

    def loss_at(
        self,
        x0: Float[Tensor, "b ..."],
        t: Int[Tensor, " b"],
        noise: Float[Tensor, "b ..."],
        labels: Int[Tensor, " b"] | None = None,
    ) -> Float[Tensor, ""]:
        """The same at given steps, with given noise."""
        return F.mse_loss(self(jump(x0, t, noise, self.kept), t, labels), noise)

    def forward(
        self, x: Float[Tensor, "b ..."], t: Int[Tensor, " b"], labels: Int[Tensor, " b"] | None = None
    ) -> Float[Tensor, "b ..."]:
        """Return the predicted noise in x."""
        return self.denoiser(x, t) if labels is None else self.denoiser(x, t, labels)
