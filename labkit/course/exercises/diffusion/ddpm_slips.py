"""What goes wrong in a step back: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.diffusion.ddpm import clean_guess, ddpm_step


def _mean(x, noise, now, then):
    return ddpm_step(x, noise, now, then, torch.zeros_like(x))


def _variance(now, then):
    return (1 - then) / (1 - now) * (1 - now / then)


def all_noise_removed(x, noise, now, then, fresh):
    """All of the noise is taken away at once.

    You return the guess of the clean sample. It is a blurred mean of all that might be under the noise; a single step
    goes only a little of the way.
    """
    return clean_guess(x, noise, now) + _variance(now, then).sqrt() * fresh


def whole_noise_subtracted(x, noise, now, then, fresh):
    """The noise is subtracted without its factor.

    x holds noise of variance 1 minus `now`, and one step adds only a part of that. By what does the formula multiply
    the noise?
    """
    return (x - noise) / (now / then).sqrt() + _variance(now, then).sqrt() * fresh


def not_scaled_up(x, noise, now, then, fresh):
    """The factor in front of the bracket is missing.

    Each step forward shrinks the signal a little. On the way back it has to grow again by the same factor.
    """
    return _mean(x, noise, now, then) * (now / then).sqrt() + _variance(now, then).sqrt() * fresh


def scaled_without_root(x, noise, now, then, fresh):
    """The factor in front of the bracket has no root.

    A step forward multiplies the signal by the root of alpha. What undoes that?
    """
    return _mean(x, noise, now, then) / (now / then).sqrt() + _variance(now, then).sqrt() * fresh


def products_for_alpha(x, noise, now, then, fresh):
    """The product over all steps stands in front of the bracket.

    `now` is what all steps together have kept. One step has kept more: the formula has two alphas, one with a bar and
    one without.
    """
    return _mean(x, noise, now, then) / then.sqrt() + _variance(now, then).sqrt() * fresh


def no_root_below(x, noise, now, then, fresh):
    """The root below the line is missing.

    The noise has been told at variance 1, and stands in x with a deviation. Which of the two is a root?
    """
    alpha = now / then
    mean = (x - (1 - alpha) / (1 - now) * noise) / alpha.sqrt()
    return mean + _variance(now, then).sqrt() * fresh


def nothing_fresh(x, noise, now, then, fresh):
    """No fresh noise comes in.

    The mean alone leads to the middle between all that is possible. The samples come out smooth and alike: each step
    back is a *draw*.
    """
    return _mean(x, noise, now, then) + 0 * fresh


def variance_for_deviation(x, noise, now, then, fresh):
    """The fresh noise is multiplied by the variance.

    The formula gives sigma squared. By what do you multiply noise of variance 1 to get noise of that variance?
    """
    return _mean(x, noise, now, then) + _variance(now, then) * fresh


def larger_variance(x, noise, now, then, fresh):
    """The fresh noise has the variance of the step forward.

    That is the larger of the paper's two choices, right if the data were noise themselves. At the end of the walk it
    leaves grain on every sample. The formula here has one more factor.
    """
    return _mean(x, noise, now, then) + (1 - now / then).sqrt() * fresh


def levels_swapped_in_the_variance(x, noise, now, then, fresh):
    """The two levels have changed places in the variance.

    Put in the end of the walk, where `then` is 1: with yours there is something divided by nothing. Which level stands
    above the line?
    """
    return _mean(x, noise, now, then) + ((1 - now) / (1 - then) * (1 - now / then)).sqrt() * fresh


def noise_of_the_level(x, noise, now, then, fresh):
    """The fresh noise has the variance of the whole level.

    So much noise belongs to a sample that starts again from the clean guess. Here most of the old noise is still in x.
    """
    return _mean(x, noise, now, then) + (1 - then).sqrt() * fresh


def noise_added(x, noise, now, then, fresh):
    """The noise is added instead of taken away.

    Your samples walk further into the noise. Which way does the network's answer point?
    """
    return _mean(x, -noise, now, then) + _variance(now, then).sqrt() * fresh


SLIPS = (
    all_noise_removed,
    whole_noise_subtracted,
    not_scaled_up,
    scaled_without_root,
    products_for_alpha,
    no_root_below,
    nothing_fresh,
    variance_for_deviation,
    larger_variance,
    levels_swapped_in_the_variance,
    noise_of_the_level,
    noise_added,
)
