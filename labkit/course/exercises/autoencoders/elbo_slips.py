"""Wrong answers to the loss of a VAE: each function is wrong in one thing, which its docstring names."""

import torch
import torch.nn.functional as F

from labkit.autoencoders.vae import gaussian_kl, kl_per_dimension, negative_elbo


def _nll(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none")


def averaged_over_pixels(logits, x, mean, log_variance):
    """The reconstruction is still averaged over the pixels.

    The KL is a sum over latent dimensions, and the reconstruction a mean over pixels: with 784 pixels, the KL weighs
    784 times too much. What is the logarithm of a product?
    """
    return (F.binary_cross_entropy_with_logits(logits, x) + gaussian_kl(mean, log_variance)).mean()


def both_averaged(logits, x, mean, log_variance):
    """Both terms are averaged.

    A mean over 784 pixels and a mean over 10 dimensions divide by different numbers, so the balance is still wrong.
    Both terms are sums for each image.
    """
    return _nll(logits, x).mean() + kl_per_dimension(mean, log_variance).mean()


def summed_over_images(logits, x, mean, log_variance):
    """The images are added up.

    Both terms are right for each image. But the sum over images grows with the batch, and the gradient with it: take
    the mean over images.
    """
    return negative_elbo(logits, x, mean, log_variance) * len(x)


def only_reconstruction_averaged_over_images(logits, x, mean, log_variance):
    """The KL is added up over images, and the reconstruction is averaged.

    Both terms belong to one image. Add them for each image first; then take the mean over images.
    """
    return _nll(logits, x).sum(dim=1).mean() + gaussian_kl(mean, log_variance).sum()


def only_kl_averaged_over_images(logits, x, mean, log_variance):
    """The reconstruction is added up over images, and the KL is averaged.

    The sum over everything weighs the reconstruction more, the larger the batch is. Which axis holds the pixels of one
    image?
    """
    return _nll(logits, x).sum() + gaussian_kl(mean, log_variance).mean()


def not_averaged(logits, x, mean, log_variance):
    """There is one number for each image.

    A loss is one number. Take the mean over images at the end.
    """
    return _nll(logits, x).sum(dim=1) + gaussian_kl(mean, log_variance)


def kl_subtracted(logits, x, mean, log_variance):
    """The KL is subtracted.

    Then the loss falls without end as posteriors move away from the prior. The ELBO is to be maximized, the loss is
    minus the ELBO: what is the sign of the KL in it?
    """
    return (_nll(logits, x).sum(dim=1) - gaussian_kl(mean, log_variance)).mean()


def kl_forgotten(logits, x, mean, log_variance):
    """The KL is missing.

    Without it the encoder may place codes anywhere, with no noise: an autoencoder.
    """
    return _nll(logits, x).sum(dim=1).mean() + 0 * gaussian_kl(mean, log_variance).mean()


def the_elbo(logits, x, mean, log_variance):
    """The sign of the whole loss is wrong.

    You return the ELBO, which is to be maximized. A loss is minimized.
    """
    return -negative_elbo(logits, x, mean, log_variance)


def squared_error_in_place_of_likelihood(logits, x, mean, log_variance):
    """The reconstruction is a squared error.

    That is another likelihood, a Gaussian one. Here pixels are Bernoulli, and the decoder gives logits.
    """
    return ((logits.sigmoid() - x).square().sum(dim=1) + gaussian_kl(mean, log_variance)).mean()


def logits_taken_for_probabilities(logits, x, mean, log_variance):
    """The reconstruction goes through probabilities.

    The sigmoid of 150 is exactly 1 in float32, and the logarithm of what is left is cut off or infinite. Compute the
    cross-entropy from the logits themselves.
    """
    nll = F.binary_cross_entropy(logits.sigmoid(), x, reduction="none").sum(dim=1)
    return (nll + gaussian_kl(mean, log_variance)).mean()


def logarithm_of_the_sigmoid(logits, x, mean, log_variance):
    """The logarithm of a probability of 0 is infinite.

    Where the sigmoid is exactly 0 or 1, its logarithm is infinite or NaN. Compute the cross-entropy from the logits
    themselves.
    """
    p = logits.sigmoid()
    nll = -(x * p.log() + (1 - x) * (1 - p).log()).sum(dim=1)
    return (nll + gaussian_kl(mean, log_variance)).mean()


def kl_averaged_over_dimensions(logits, x, mean, log_variance):
    """The KL is averaged over the latent dimensions.

    The dimensions are independent, so their divergences add up.
    """
    return (_nll(logits, x).sum(dim=1) + kl_per_dimension(mean, log_variance).mean(dim=1)).mean()


def gradient_cut(logits, x, mean, log_variance):
    """The loss has no gradient.

    Its value is right, and nothing can learn from it. Remove `.item()`, `.detach()` or `torch.no_grad()`.
    """
    with torch.no_grad():
        return negative_elbo(logits, x, mean, log_variance)


def sigmoid_twice(logits, x, mean, log_variance):
    """The sigmoid is applied twice.

    `binary_cross_entropy_with_logits` contains the sigmoid: it expects the logits themselves.
    """
    return (_nll(logits.sigmoid(), x).sum(dim=1) + gaussian_kl(mean, log_variance)).mean()


def kl_divided_by_pixels(logits, x, mean, log_variance):
    """Both terms are divided by the number of pixels.

    Their balance is right now, but the loss is not in nats per image. Take the sum over pixels and leave the KL as it
    is.
    """
    return negative_elbo(logits, x, mean, log_variance) / x.shape[1]
