"""Wrong answers to the reparameterization trick: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.autoencoders.vae import reparameterize


def no_half(mean, log_variance, noise):
    """The noise is scaled by the variance.

    What comes out of the encoder is the logarithm of the variance. What has to multiply the noise is a standard
    deviation: which power of the variance is that, and what does it do to a logarithm?
    """
    return mean + log_variance.exp() * noise


def no_exponential(mean, log_variance, noise):
    """The noise is scaled by a logarithm.

    A logarithm may be negative, and a standard deviation may not. The encoder gives the logarithm so that the network
    may return any number: what has to be undone before you use it?
    """
    return mean + 0.5 * log_variance * noise


def inverse_spread(mean, log_variance, noise):
    """The standard deviation is inverted.

    With your formula a narrow posterior gets the most noise. Look at the sign in the exponent.
    """
    return mean + (-0.5 * log_variance).exp() * noise


def mean_forgotten(mean, log_variance, noise):
    """The mean is missing.

    Your draws have the right spread around zero. The draws of an image should lie around its mean.
    """
    return (0.5 * log_variance).exp() * noise


def mean_scaled(mean, log_variance, noise):
    """The mean is scaled too.

    Stretch the noise first, then move it. Which of the two should the standard deviation touch?
    """
    return (0.5 * log_variance).exp() * (mean + noise)


def noise_of_its_own(mean, log_variance, noise):
    """The noise that was given is not used.

    You draw noise yourself. The caller passes it, so that it can be the same twice, or be zero: use that.
    """
    return mean + (0.5 * log_variance).exp() * torch.randn_like(noise)


def spread_detached(mean, log_variance, noise):
    """The spread gets no gradient.

    The values are right, but the encoder cannot learn its variance: the gradient is cut between the log variance and
    the draw. What in your code cuts it?
    """
    return mean + (0.5 * log_variance).exp().detach() * noise


def draw_detached(mean, log_variance, noise):
    """The draw gets no gradient at all.

    Without a gradient the encoder learns nothing. The draw is written as mean plus scaled noise so that the gradient
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
