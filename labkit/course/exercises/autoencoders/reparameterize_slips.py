"""What goes wrong in the reparameterization trick: each function is wrong in one thing, which its docstring names."""

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
