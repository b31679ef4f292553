"""What goes wrong in the KL of a Gaussian: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.autoencoders.vae import gaussian_kl, kl_per_dimension


def no_half(mean, log_variance):
    """The half is missing.

    The density of a Gaussian has a half in its exponent, and it survives to the end. Compare with the formula.
    """
    return 2 * gaussian_kl(mean, log_variance)


def sign_of_the_logarithm(mean, log_variance):
    """The logarithm has the wrong sign.

    With your sign an image may lower its cost without end by becoming more and more sure. What should a variance near
    zero cost?
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 + log_variance).sum(dim=-1)


def deviation_for_variance(mean, log_variance):
    """The standard deviation stands where the variance should.

    The formula has the square of the standard deviation. Your input is already the logarithm of that square: how many
    halves does its exponential need?
    """
    return 0.5 * (mean.square() + (0.5 * log_variance).exp() - 1 - log_variance).sum(dim=-1)


def logarithm_of_the_deviation(mean, log_variance):
    """The input is taken for the logarithm of the standard deviation.

    Its name says of what it is the logarithm. What is then its exponential: the deviation, or its square?
    """
    return 0.5 * (mean.square() + (2 * log_variance).exp() - 1 - 2 * log_variance).sum(dim=-1)


def variance_for_logarithm(mean, log_variance):
    """The input is taken for the variance itself.

    It may be negative, and a variance may not. Which function brings a logarithm back?
    """
    variance = log_variance
    return 0.5 * (mean.square() + variance - 1 - variance.abs().clamp(min=1e-9).log()).sum(dim=-1)


def mean_not_squared(mean, log_variance):
    """The mean is not squared.

    With your formula a mean of -5 pays less than nothing. Should it matter on which side of zero a code lies?
    """
    return 0.5 * (mean + log_variance.exp() - 1 - log_variance).sum(dim=-1)


def mean_forgotten(mean, log_variance):
    """The mean costs nothing.

    Then codes may lie anywhere, and the space between them is empty. What keeps them near the origin?
    """
    return gaussian_kl(torch.zeros_like(mean) * mean, log_variance)


def one_forgotten(mean, log_variance):
    """The one is missing.

    Put in the prior itself, mean 0 and variance 1: how far is a distribution from itself?
    """
    return gaussian_kl(mean, log_variance) + 0.5 * mean.shape[-1]


def other_way_round(mean, log_variance):
    """The two distributions have changed places.

    KL is not symmetric. You have computed how the prior looks from the posterior. The draws are taken from the
    posterior, so the logarithm of the ratio is averaged under it: which of the two variances stands below the line?
    """
    return 0.5 * ((mean.square() + 1) * (-log_variance).exp() - 1 + log_variance).sum(dim=-1)


def mean_over_dimensions(mean, log_variance):
    """The dimensions are averaged.

    The dimensions are independent, so densities multiply and logarithms add. With a mean, ten dimensions would cost no
    more than one.
    """
    return kl_per_dimension(mean, log_variance).mean(dim=-1)


def not_summed(mean, log_variance):
    """Each dimension is returned by itself.

    You have the cost of each dimension of each image. What does one image cost in all?
    """
    return kl_per_dimension(mean, log_variance)


def summed_over_images(mean, log_variance):
    """All images are added up.

    One number for the whole batch hides which image costs how much, and grows with the batch. Which axis holds the
    dimensions of one image?
    """
    return kl_per_dimension(mean, log_variance).sum()


def mean_over_images(mean, log_variance):
    """All images are averaged.

    That is what the loss does in the end. Here every image should keep its own number: which axis goes, which stays?
    """
    return gaussian_kl(mean, log_variance).mean()


def negative(mean, log_variance):
    """The sign is turned over.

    Kingma and Welling write minus the KL, as it stands in a bound to maximize. Here the KL itself is asked for. Can a
    KL be negative?
    """
    return -gaussian_kl(mean, log_variance)


SLIPS = (
    no_half,
    sign_of_the_logarithm,
    deviation_for_variance,
    logarithm_of_the_deviation,
    variance_for_logarithm,
    mean_not_squared,
    mean_forgotten,
    one_forgotten,
    other_way_round,
    mean_over_dimensions,
    not_summed,
    summed_over_images,
    mean_over_images,
    negative,
)
