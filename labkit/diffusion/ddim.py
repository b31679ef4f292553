"""Denoising diffusion implicit models: the same network, and a reverse step that may be large.

Axes: b batch, ... the shape of one sample.
"""

from jaxtyping import Float
from torch import Tensor

from labkit.diffusion.ddpm import clean_guess


def ddim_step(
    x: Float[Tensor, "b ..."],
    noise: Float[Tensor, "b ..."],
    now: Float[Tensor, ""],
    then: Float[Tensor, ""],
    fresh: Float[Tensor, "b ..."],
    eta: float = 0.0,
) -> Float[Tensor, "b ..."]:
    r"""Guess the clean sample, then jump to the new level with the same predicted noise.

    $$x_{then} = \sqrt{\bar\alpha_{then}} \, \hat x_0 + \sqrt{1 - \bar\alpha_{then} - \sigma^2} \, \epsilon + \sigma z,
    \qquad \sigma = \eta \sqrt{\frac{1 - \bar\alpha_{then}}{1 - \bar\alpha_{now}}
    \Big(1 - \frac{\bar\alpha_{now}}{\bar\alpha_{then}}\Big)}$$

    With $\eta = 0$ no noise is drawn: one starting noise leads to one sample. With $\eta = 1$ it is DDPM's step. Raises
    ValueError for an `eta` outside of 0 to 1. Song et al. 2021, eq. 12, https://arxiv.org/abs/2010.02502
    """
    if not 0 <= eta <= 1:
        raise ValueError(f"eta says how much fresh noise comes in, from 0 (none) to 1 (as in DDPM), not {eta}")
    sigma = eta * ((1 - then) / (1 - now) * (1 - now / then)).clamp(min=0).sqrt()  # 0 on the way to more noise
    direction = (1 - then - sigma.square()).clamp(min=0).sqrt()  # rounding may leave -1e-9 in the last step
    return then.sqrt() * clean_guess(x, noise, now) + direction * noise + sigma * fresh
