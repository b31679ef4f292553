"""Exercise: a draw from a Gaussian that gradients flow through."""

from dataclasses import replace

import torch

from labkit.autoencoders.vae import reparameterize
from labkit.course.spec import Case, Exercise, Misconception, Property


def _case(
    name: str, shape: tuple[int, ...], draw: torch.Generator, tests: str = "values", draws: int = 0,
    dtype: torch.dtype = torch.float32, shift: float = 0.0,
) -> Case:  # fmt: skip
    """Random means and log variances, the latter moved by `shift`; `draws` more axes of noise in front."""
    mean, log_variance = (torch.randn(shape, generator=draw).to(dtype) for _ in range(2))
    noise = torch.randn((draws, *shape) if draws else shape, generator=draw).to(dtype)
    args = {"mean": mean, "log_variance": log_variance + shift, "noise": noise}
    return Case(name, args, tests, gradients=("mean", "log_variance"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """One number, rows, float64, strides; nearly no spread, a wide one; several draws of each image."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    strided = _case("inputs that are not contiguous", (2, 3), draw)
    return [
        _case("one number", (1, 1), draw),
        _case("two images, three dimensions", (2, 3), draw),
        _case("float64", (3, 2), draw, dtype=precise),
        replace(strided, strided=("mean", "log_variance", "noise")),
        _case("a posterior that is nearly sure", (2, 2), draw, "spread", shift=-12.0),
        _case("a wide posterior", (2, 2), draw, "spread", shift=4.0),
        _case("four draws of each image", (2, 3), draw, "draws", draws=4),
    ]


def no_half(mean, log_variance, noise):
    """The noise is scaled by the variance.

    What comes out of the encoder is the logarithm of the variance. What has to multiply the noise is a standard
    deviation: which power of the variance is that, and what does it do to a logarithm?
    """
    return mean + log_variance.exp() * noise


def no_exponential(mean, log_variance, noise):
    """The noise is scaled by a logarithm.

    A logarithm may be negative, and a standard deviation may not. The encoder gives the logarithm so that the network
    is free to say any number: what has to be undone before you use it?
    """
    return mean + 0.5 * log_variance * noise


def inverse_spread(mean, log_variance, noise):
    """The spread is turned over.

    With your formula an image whose posterior is sure gets the most noise. Look at the sign in the exponent.
    """
    return mean + (-0.5 * log_variance).exp() * noise


def mean_forgotten(mean, log_variance, noise):
    """The mean is missing.

    Your draws are spread as they should be, around zero. Where should the draws of an image lie?
    """
    return (0.5 * log_variance).exp() * noise


def mean_scaled(mean, log_variance, noise):
    """The mean is scaled too.

    Stretch the noise first, then move it. Which of the two should the standard deviation touch?
    """
    return (0.5 * log_variance).exp() * (mean + noise)


def noise_of_its_own(mean, log_variance, noise):
    """The noise that was given is not used.

    You draw noise yourself. Here the caller hands it over, so that it can be the same twice, or be zero: use that.
    """
    return mean + (0.5 * log_variance).exp() * torch.randn_like(noise)


def spread_detached(mean, log_variance, noise):
    """The spread gets no gradient.

    The values are right, and the encoder cannot learn how sure to be: between the log variance and the draw the
    gradient is cut. What in your code cuts it?
    """
    return mean + (0.5 * log_variance).exp().detach() * noise


def draw_detached(mean, log_variance, noise):
    """The draw gets no gradient at all.

    A draw that is only a number teaches the encoder nothing. That the gradient can pass is the whole point of writing
    it as mean plus scaled noise.
    """
    return reparameterize(mean, log_variance, noise).detach()


def noise_changed(mean, log_variance, noise):
    """The caller's noise is changed.

    The result is right, but the noise is not what it was. Operators such as `*=` write into the tensor they are given.
    """
    noise *= (0.5 * log_variance).exp().detach()
    return reparameterize(mean, log_variance, noise / (0.5 * log_variance).exp().detach())


SLIPS = (
    no_half,
    no_exponential,
    inverse_spread,
    mean_forgotten,
    mean_scaled,
    noise_of_its_own,
    spread_detached,
    draw_detached,
    noise_changed,
)

EXERCISE = Exercise(
    id="autoencoders.reparameterize",
    title="The reparameterization trick",
    hour=14,
    position=1,
    minutes=4,
    difficulty=1,
    reference="labkit.autoencoders.vae:reparameterize",
    returns=("z",),
    cases=cases,
    properties=(
        Property("shape", "a draw of the shape of the noise", 0.25, "shape"),
        Property("values", "the mean, plus noise as wide as the posterior", 0.75),
        Property("spread", "right for a sure and for a wide posterior", 0.5),
        Property("draws", "several draws of each image at once", 0.5),
        Property("gradients", "gradients for mean and log variance", 0.75, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Take standard normal noise. What do you multiply it by to give it a standard deviation of 3, and what do you "
        "add to center it at 5?",
        "The encoder gives log σ². The logarithm of a square is twice the logarithm: so what is log σ, and how do you "
        "get σ from it?",
        "For several draws nothing more is needed: torch lines axes up from the last one. Use operations that make a "
        "new tensor, and keep the gradient: no `.data`, no `detach`, no `no_grad`.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
