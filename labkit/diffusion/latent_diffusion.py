"""Diffusion in the latent space of an autoencoder: a large picture, a short list of numbers, and noise on the list.

Axes: b batch, n samples, z latent, ... the shape of one picture.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.diffusion.ddpm import DDPM
from labkit.diffusion.guidance import drop_labels, guided
from labkit.diffusion.sampling import Step, sample
from labkit.nn.kinds import like


class LatentDiffusion(nn.Module):
    r"""Encode, standardize, and diffuse the codes; to generate, sample a code and decode it once at the end.

    `encode` (pictures to latents) and `decode` (back) are any two functions, of an autoencoder that is already trained
    and stays as it is. `measure` has to see training pictures first: noise of variance 1 drowns a latent of spread
    0.01, and is nothing to one of spread 100. `denoiser(z, t, labels)` knows `classes` classes and "none".
    Rombach et al. 2022, https://arxiv.org/abs/2112.10752
    """

    mean: Tensor
    spread: Tensor

    def __init__(
        self,
        encode: Callable[[Tensor], Tensor],
        decode: Callable[[Tensor], Tensor],
        denoiser: nn.Module,
        kept: Float[Tensor, " s"],
        classes: int,
        latent: int,
    ):
        super().__init__()
        self.encode, self.decode, self.classes, self.latent = encode, decode, classes, latent
        self.ddpm = DDPM(denoiser, kept)
        self.register_buffer("mean", torch.zeros(latent))
        self.register_buffer("spread", torch.zeros(latent))  # 0: not measured yet

    @torch.no_grad()
    def measure(self, pictures: Float[Tensor, "b ..."]) -> Float[Tensor, "b z"]:
        """Take mean and spread of each latent dimension from training pictures, and return their latents, standardized.

        Raises ValueError if a dimension is the same for all pictures: there is nothing to model in it.
        """
        z = self.encode(pictures)
        spread = z.std(dim=0)
        if not (spread > 1e-6).all():
            raise ValueError(
                f"{int((spread <= 1e-6).sum())} of {self.latent} latent dimensions are the same for all pictures: "
                "leave them out, or train the autoencoder with a smaller weight on its KL"
            )
        self.mean.copy_(z.mean(dim=0))
        self.spread.copy_(spread)
        return self.standardized(z)

    def standardized(self, z: Float[Tensor, "b z"]) -> Float[Tensor, "b z"]:
        """Latents with mean 0 and spread 1 in each dimension. Raises RuntimeError before `measure`."""
        self._check_measured()
        return (z - self.mean) / self.spread

    def loss(self, z: Float[Tensor, "b z"], labels: Int[Tensor, " b"], forget: float = 0.15) -> Float[Tensor, ""]:
        """DDPM's loss on standardized latents; a share `forget` of them is shown without the class."""
        return self.ddpm.loss(z, drop_labels(labels, self.classes, forget))

    def generate(
        self, labels: Int[Tensor, " n"], times: Sequence[int], step: Step, weight: float | Tensor = 1.0
    ) -> Float[Tensor, "n ..."]:
        """One new picture for each label (the number `classes` means any), with guidance of that weight."""
        noise = torch.randn(len(labels), self.latent, **{"device": self.mean.device} | like(self.ddpm.denoiser))
        return self.generate_from(noise, labels, times, step, weight)

    @torch.no_grad()
    def generate_from(
        self,
        noise: Float[Tensor, "n z"],
        labels: Int[Tensor, " n"],
        times: Sequence[int],
        step: Step,
        weight: float | Tensor = 1.0,
    ) -> Float[Tensor, "n ..."]:
        """The same from given noise: with DDIM, one noise leads to one picture."""
        self._check_measured()
        predict = guided(self.ddpm, labels, self.classes, weight)
        return self.decoded(sample(predict, noise, self.ddpm.kept, times, step, clip=None))

    def decoded(self, z: Float[Tensor, "n z"]) -> Float[Tensor, "n ..."]:
        """Pictures from standardized latents."""
        return self.decode(z * self.spread + self.mean)

    def _check_measured(self) -> None:
        if not self.spread.all():
            raise RuntimeError("the spread of the latents is not known yet: call `measure(training_pictures)` first")
