"""What goes wrong in DDIM's step: each function is wrong in one thing, which its docstring names."""

from labkit.diffusion.ddim import ddim_step
from labkit.diffusion.ddpm import clean_guess, ddpm_step


def _sigma(now, then, eta):
    return eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()


def _assembled(x, noise, now, then, fresh, sigma, guess=None):
    guess = clean_guess(x, noise, now) if guess is None else guess
    return then.sqrt() * guess + (1 - then - sigma**2).clamp(min=0).sqrt() * noise + sigma * fresh


def ddpm_instead(x, noise, now, then, fresh, eta=0.0):
    """The result is DDPM's step.

    It adds fresh noise whatever `eta` is. With `eta` 0 nothing fresh may be added: the predicted noise is used
    again.
    """
    return ddpm_step(x, noise, now, then, fresh)


def dial_ignored(x, noise, now, then, fresh, eta=0.0):
    """`eta` is ignored.

    Without fresh noise your step is right. What changes if `eta` is not 0?
    """
    return ddim_step(x, noise, now, then, fresh) + 0 * fresh


def stays_clean(x, noise, now, then, fresh, eta=0.0):
    """No noise is added back to the guess.

    A clean guess has no noise, but the network expects the noise of the new level. Which noise should be added?
    """
    return clean_guess(x, noise, now) + _sigma(now, then, eta) * fresh


def spoiled_with_fresh_noise(x, noise, now, then, fresh, eta=0.0):
    """Only fresh noise is added to the guess.

    Then every step starts anew, and one starting noise does not lead to one sample. Which noise do you already
    know?
    """
    return then.sqrt() * clean_guess(x, noise, now) + (1 - then).sqrt() * fresh


def old_level(x, noise, now, then, fresh, eta=0.0):
    """The guess gets the noise of the old level.

    You come back to where you were. Which of the two levels do you go to?
    """
    return _assembled(x, noise, now, now, fresh, eta * 0) + _sigma(now, then, eta) * fresh


def guess_with_the_new_level(x, noise, now, then, fresh, eta=0.0):
    """The clean sample is guessed with the new level.

    x is at the level `now`: it contains as much signal and as much noise as that level says.
    """
    return _assembled(x, noise, now, then, fresh, _sigma(now, then, eta), clean_guess(x, noise, then))


def guess_not_scaled(x, noise, now, then, fresh, eta=0.0):
    """The guess of the clean sample is not scaled up.

    After you subtract the noise, what remains is the signal times the root of `now`. How do you get the signal
    itself?
    """
    return _assembled(x, noise, now, then, fresh, _sigma(now, then, eta), x - (1 - now).sqrt() * noise)


def signal_without_root(x, noise, now, then, fresh, eta=0.0):
    """The root of the signal's factor is missing.

    Compare with exercise 1: by what was the sample multiplied there?
    """
    return ddim_step(x, noise, now, then, fresh, eta) + (then - then.sqrt()) * clean_guess(x, noise, now)


def fresh_on_top(x, noise, now, then, fresh, eta=0.0):
    """The fresh noise comes on top.

    The predicted noise already has the variance of the new level. If fresh noise is added, as much of the
    predicted noise has to be left out.
    """
    return ddim_step(x, noise, now, then, fresh) + _sigma(now, then, eta) * fresh


def sigma_not_squared(x, noise, now, then, fresh, eta=0.0):
    """Sigma is subtracted where its square belongs.

    Variances add up, standard deviations do not. Which of the two is 1 - `then`?
    """
    sigma = _sigma(now, then, eta)
    guess = then.sqrt() * clean_guess(x, noise, now)
    return guess + (1 - then - sigma).clamp(min=0).sqrt() * noise + sigma * fresh


def dial_on_the_variance(x, noise, now, then, fresh, eta=0.0):
    """`eta` multiplies the variance.

    `eta` multiplies sigma, so the variance is multiplied by its square. At 0 and 1 the two agree; look at 0.5.
    """
    return ddim_step(x, noise, now, then, fresh, eta**0.5)


def larger_sigma(x, noise, now, then, fresh, eta=0.0):
    """Sigma is that of the forward step.

    One factor is missing: the ratio of the noise variances at `then` and at `now`.
    """
    sigma = eta * (1 - now / then).sqrt()
    return _assembled(x, noise, now, then, fresh, sigma)


def sigma_uses_now(x, noise, now, then, fresh, eta=0.0):
    """`now` is used as alpha in sigma.

    Alpha is the factor of the one step from `then` to `now`, as in exercise 2: the ratio of the two products.
    """
    sigma = eta * ((1 - then) / (1 - now) * (1 - now)).sqrt()
    return _assembled(x, noise, now, then, fresh, sigma)


def noise_of_the_old_level(x, noise, now, then, fresh, eta=0.0):
    """The predicted noise keeps the factor of the old level.

    The signal is scaled to the new level, and the noise is not: after the step, 1 - `now` of noise variance is still
    there. The next level has less.
    """
    sigma = _sigma(now, then, eta)
    return then.sqrt() * clean_guess(x, noise, now) + (1 - now - sigma**2).clamp(min=0).sqrt() * noise + sigma * fresh


def deviations_subtracted(x, noise, now, then, fresh, eta=0.0):
    """Standard deviations are subtracted.

    Variances add up, standard deviations do not. Subtract sigma squared under the root.
    """
    sigma = _sigma(now, then, eta)
    return then.sqrt() * clean_guess(x, noise, now) + ((1 - then).sqrt() - sigma) * noise + sigma * fresh


def sigma_without_root(x, noise, now, then, fresh, eta=0.0):
    """Sigma is a variance.

    Exercise 2 gives sigma squared. Take its root before you multiply by `eta`.
    """
    return _assembled(x, noise, now, then, fresh, eta * _sigma(now, then, 1.0) ** 2)
