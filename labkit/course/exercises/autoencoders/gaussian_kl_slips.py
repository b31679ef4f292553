"""Wrong answers to the KL of a Gaussian: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.autoencoders.vae import gaussian_kl, kl_per_dimension


def no_half(mean, log_variance):
    """The half is missing.

    The density of a Gaussian has a factor of one half in its exponent, and so has the result. Compare with the formula.
    """
    return 2 * gaussian_kl(mean, log_variance)


def sign_of_the_logarithm(mean, log_variance):
    """The logarithm has the wrong sign.

    With your sign the KL falls without end as the variance goes to zero. It should rise.
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

    The input is the logarithm of the *variance*. What is its exponential: the standard deviation, or its square?
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

    With your formula a mean of -5 has a negative cost. Means of 5 and -5 should cost the same.
    """
    return 0.5 * (mean + log_variance.exp() - 1 - log_variance).sum(dim=-1)


def mean_forgotten(mean, log_variance):
    """The mean costs nothing.

    Then means may lie anywhere, far from the prior. Which term keeps them near the origin?
    """
    return gaussian_kl(torch.zeros_like(mean) * mean, log_variance)


def one_forgotten(mean, log_variance):
    """The one is missing.

    Put in the prior itself, mean 0 and variance 1: the KL of a distribution from itself is 0.
    """
    return gaussian_kl(mean, log_variance) + 0.5 * mean.shape[-1]


def other_way_round(mean, log_variance):
    """The two distributions are swapped.

    The KL is not symmetric. You have computed the KL of the prior from the posterior. Here the average is taken under
    the posterior: compare with the formula, in which nothing is divided by the variance.
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

    You have the KL of each dimension of each image. One image has one number: the sum over its dimensions.
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

    The loss does that in the end. Here every image keeps its own number: over which axis do you sum?
    """
    return gaussian_kl(mean, log_variance).mean()


def negative(mean, log_variance):
    """The sign is turned over.

    Kingma and Welling write minus the KL, because they maximize a bound. Here the KL itself is asked for. It is never
    negative.
    """
    return -gaussian_kl(mean, log_variance)


def summed_over_the_first_axis(mean, log_variance):
    """The sum runs over the images.

    The first axis counts images, the last one latent dimensions. Over which axis do the terms of one image lie?
    """
    return kl_per_dimension(mean, log_variance).sum(dim=0)


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
    summed_over_the_first_axis,
)
