"""Wrong answers to the reparameterization trick: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.autoencoders.vae import reparameterize


def no_half(mean, log_variance, noise):
    """The noise is scaled by the variance.

    The encoder returns the logarithm of the variance. The noise needs a standard deviation as its factor: which power
    of the variance is that, and what does this power do to the logarithm?
    """
    return mean + log_variance.exp() * noise


def no_exponential(mean, log_variance, noise):
    """The noise is scaled by a logarithm.

    A logarithm may be negative, and a standard deviation may not. Which function turns log σ into σ?
    """
    return mean + 0.5 * log_variance * noise


def inverse_spread(mean, log_variance, noise):
    """The standard deviation is inverted.

    With your formula a narrow posterior gets the most noise. Look at the sign in the exponent.
    """
    return mean + (-0.5 * log_variance).exp() * noise


def mean_forgotten(mean, log_variance, noise):
    """The mean is missing.

    Your samples have the right spread around zero. The samples of an image should lie around its mean.
    """
    return (0.5 * log_variance).exp() * noise


def mean_scaled(mean, log_variance, noise):
    """The mean is scaled too.

    Stretch the noise first, then move it. Which of the two should the standard deviation touch?
    """
    return (0.5 * log_variance).exp() * (mean + noise)


def noise_of_its_own(mean, log_variance, noise):
    """The noise that was given is not used.

    You sample noise yourself. The caller passes its own, to repeat a result or to set the noise to zero: use that.
    """
    return mean + (0.5 * log_variance).exp() * torch.randn_like(noise)


def spread_detached(mean, log_variance, noise):
    """The spread gets no gradient.

    The values are right, but the encoder cannot learn its variance: the gradient is cut between the log variance and
    the sample. What in your code cuts it?
    """
    return mean + (0.5 * log_variance).exp().detach() * noise


def draw_detached(mean, log_variance, noise):
    """The sample has no gradient at all.

    Without a gradient the encoder learns nothing. The sample is written as mean plus scaled noise so that the gradient
    can pass.
    """
    return reparameterize(mean, log_variance, noise).detach()


def noise_changed(mean, log_variance, noise):
    """The caller's noise is changed.

    The result is right, but the noise is not what it was. Operators such as `*=` write into the tensor they are given.
    """
    noise *= (0.5 * log_variance).exp().detach()
    return reparameterize(mean, log_variance, noise / (0.5 * log_variance).exp().detach())


def logarithm_as_deviation(mean, log_variance, noise):
    """The noise is multiplied by the logarithm of the variance.

    A logarithm may be negative, and a standard deviation may not. Which two steps lead from log σ² to σ?
    """
    return mean + log_variance * noise


def a_half_too_many(mean, log_variance, noise):
    """The exponent has one half too many.

    log σ is half of log σ². You take a quarter, or the root of a standard deviation.
    """
    return mean + (0.25 * log_variance).exp() * noise


def half_outside(mean, log_variance, noise):
    """The half stands outside the exponential.

    You take half of the variance. The standard deviation is its square root: where does the half stand then?
    """
    return mean + 0.5 * log_variance.exp() * noise
