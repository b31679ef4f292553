"""What goes wrong in a step back: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.diffusion.ddpm import clean_guess, ddpm_step


def _mean(x, noise, now, then):
    return ddpm_step(x, noise, now, then, torch.zeros_like(x))


def _variance(now, then):
    return (1 - then) / (1 - now) * (1 - now / then)


def all_noise_removed(x, noise, now, then, fresh):
    """All of the noise is removed at once.

    You return the guess of the clean sample. It is a blurred mean of everything that might be under the noise,
    and a single step goes only a little of the way.
    """
    return clean_guess(x, noise, now) + _variance(now, then).sqrt() * fresh


def whole_noise_subtracted(x, noise, now, then, fresh):
    """The noise is subtracted without its factor.

    x contains noise of variance 1 - `now`, and one step removes only a part of it. By what does the formula
    multiply the noise?
    """
    return (x - noise) / (now / then).sqrt() + _variance(now, then).sqrt() * fresh


def not_scaled_up(x, noise, now, then, fresh):
    """The factor in front of the bracket is missing.

    Each forward step shrinks the signal a little. On the way back it has to grow again by the same factor.
    """
    return _mean(x, noise, now, then) * (now / then).sqrt() + _variance(now, then).sqrt() * fresh


def scaled_without_root(x, noise, now, then, fresh):
    """The factor in front of the bracket has no root.

    A forward step multiplies the signal by the root of alpha. What undoes that?
    """
    return _mean(x, noise, now, then) / (now / then).sqrt() + _variance(now, then).sqrt() * fresh


def products_for_alpha(x, noise, now, then, fresh):
    """The product over all steps stands in front of the bracket.

    `now` is what all steps together keep. One step keeps more. The formula has two alphas, one with a bar and one
    without.
    """
    return _mean(x, noise, now, then) / then.sqrt() + _variance(now, then).sqrt() * fresh


def no_root_below(x, noise, now, then, fresh):
    """The root below the fraction is missing.

    The predicted noise has variance 1, and x contains it with a standard deviation as its factor. Is 1 - `now` a
    variance or a standard deviation?
    """
    alpha = now / then
    mean = (x - (1 - alpha) / (1 - now) * noise) / alpha.sqrt()
    return mean + _variance(now, then).sqrt() * fresh


def nothing_fresh(x, noise, now, then, fresh):
    """No fresh noise is added.

    The mean alone leads to the middle of everything that is possible, so the samples become smooth and alike.
    Each reverse step is a *draw*.
    """
    return _mean(x, noise, now, then) + 0 * fresh


def variance_for_deviation(x, noise, now, then, fresh):
    """The fresh noise is multiplied by the variance.

    The formula gives sigma squared. By what do you multiply noise of variance 1 to get noise of that variance?
    """
    return _mean(x, noise, now, then) + _variance(now, then) * fresh


def larger_variance(x, noise, now, then, fresh):
    """The fresh noise has the variance of the forward step.

    That is the larger of the paper's two choices, right if the data themselves were noise. In the last step it
    leaves grain on every sample. The formula here has one more factor.
    """
    return _mean(x, noise, now, then) + (1 - now / then).sqrt() * fresh


def levels_swapped_in_the_variance(x, noise, now, then, fresh):
    """The two levels have changed places in the variance.

    Put in the last step, where `then` is 1: your formula divides by 0. Which level stands above the fraction
    line?
    """
    return _mean(x, noise, now, then) + ((1 - now) / (1 - then) * (1 - now / then)).sqrt() * fresh


def noise_of_the_level(x, noise, now, then, fresh):
    """The fresh noise has the variance of the whole level.

    That much noise belongs to a sample that starts again from the clean guess. Here most of the old noise is
    still in x.
    """
    return _mean(x, noise, now, then) + (1 - then).sqrt() * fresh


def noise_added(x, noise, now, then, fresh):
    """The noise is added instead of subtracted.

    Your samples move further into the noise. The network predicts the noise that *is* in x.
    """
    return _mean(x, -noise, now, then) + _variance(now, then).sqrt() * fresh


def alpha_is_now(x, noise, now, then, fresh):
    """`now` is used as alpha.

    `now` is alpha bar: the product over *all* steps so far. The formula also needs alpha, the factor of the *one* step
    from `then` to `now`. In the example of three steps, alpha bar is 0.9 and then 0.72. What is the factor between?
    """
    mean = (x - (1 - now) / (1 - now).sqrt() * noise) / now.sqrt()
    return mean + ((1 - then) / (1 - now) * (1 - now)).sqrt() * fresh


def alpha_is_then(x, noise, now, then, fresh):
    """`then` is used as alpha.

    `then` is alpha bar at the next level: a product of many steps. Alpha is the factor of the *one* step between the
    two levels. How do you get it from both?
    """
    mean = (x - (1 - then) / (1 - now).sqrt() * noise) / then.sqrt()
    return mean + ((1 - then) / (1 - now) * (1 - then)).sqrt() * fresh


def alpha_is_the_difference(x, noise, now, then, fresh):
    """Alpha is computed as a difference.

    `then` - `now` is the variance that the signal loses, measured from the start. Alpha is a factor: `now` is `then`
    times alpha.
    """
    alpha = 1 - (then - now)
    mean = (x - (1 - alpha) / (1 - now).sqrt() * noise) / alpha.sqrt()
    return mean + ((1 - then) / (1 - now) * (1 - alpha)).sqrt() * fresh


def beta_for_alpha(x, noise, now, then, fresh):
    """Beta is used as alpha.

    1 - `now` / `then` is the noise that the step adds, beta. Alpha is 1 - beta: the fraction that the step keeps.
    """
    beta = 1 - now / then
    mean = (x - (1 - beta) / (1 - now).sqrt() * noise) / beta.sqrt()
    return mean + ((1 - then) / (1 - now) * (1 - beta)).sqrt() * fresh


def alpha_beside_the_noise(x, noise, now, then, fresh):
    """The noise is multiplied by alpha, not by 1 - alpha.

    A small step keeps almost everything, so alpha is close to 1. It also removes little noise: which of the two factors
    is small?
    """
    alpha = now / then
    mean = (x - alpha / (1 - now).sqrt() * noise) / alpha.sqrt()
    return mean + _variance(now, then).sqrt() * fresh


def variance_without_beta(x, noise, now, then, fresh):
    """One factor of the variance is missing.

    The ratio of the noise variances is there. The formula multiplies it by 1 - alpha, so that a small step adds little
    fresh noise.
    """
    return _mean(x, noise, now, then) + ((1 - then) / (1 - now)).sqrt() * fresh
