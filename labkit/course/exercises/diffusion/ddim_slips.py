"""What goes wrong in DDIM's step: each function is wrong in one thing, which its docstring names."""

from labkit.diffusion.ddim import ddim_step
from labkit.diffusion.ddpm import clean_guess, ddpm_step


def _sigma(now, then, eta):
    return eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()


def _assembled(x, noise, now, then, fresh, sigma, guess=None):
    guess = clean_guess(x, noise, now) if guess is None else guess
    return then.sqrt() * guess + (1 - then - sigma**2).clamp(min=0).sqrt() * noise + sigma * fresh


def ddpm_instead(x, noise, now, then, fresh, eta=0.0):
    """That is DDPM's step.

    It draws fresh noise whatever the dial says. With `eta` 0 nothing may be drawn: the noise that was told is used
    again.
    """
    return ddpm_step(x, noise, now, then, fresh)


def dial_ignored(x, noise, now, then, fresh, eta=0.0):
    """The dial is ignored.

    Without fresh noise your step is right. What changes when `eta` is not 0?
    """
    return ddim_step(x, noise, now, then, fresh) + 0 * fresh


def stays_clean(x, noise, now, then, fresh, eta=0.0):
    """The guess is not spoiled again.

    A clean guess has no noise, and the network expects that of the new level. Which noise should come back?
    """
    return clean_guess(x, noise, now) + _sigma(now, then, eta) * fresh


def spoiled_with_fresh_noise(x, noise, now, then, fresh, eta=0.0):
    """The guess is spoiled with fresh noise only.

    Then every step starts anew, and one starting noise does not lead to one sample. Which noise do you know already?
    """
    return then.sqrt() * clean_guess(x, noise, now) + (1 - then).sqrt() * fresh


def old_level(x, noise, now, then, fresh, eta=0.0):
    """The guess is spoiled to the old level.

    You come back to where you were. Which of the two levels is the one to go to?
    """
    return _assembled(x, noise, now, now, fresh, eta * 0) + _sigma(now, then, eta) * fresh


def guess_with_the_new_level(x, noise, now, then, fresh, eta=0.0):
    """The clean sample is guessed with the level to come.

    x stands at `now`: as much signal and as much noise as that level says are in it.
    """
    return _assembled(x, noise, now, then, fresh, _sigma(now, then, eta), clean_guess(x, noise, then))


def guess_not_scaled(x, noise, now, then, fresh, eta=0.0):
    """The guess of the clean sample is not scaled up.

    You have taken the noise away; what is left is the signal times the root of what was kept. The signal itself?
    """
    return _assembled(x, noise, now, then, fresh, _sigma(now, then, eta), x - (1 - now).sqrt() * noise)


def signal_without_root(x, noise, now, then, fresh, eta=0.0):
    """The root of the signal's share is missing.

    Compare with your jump of exercise 1: by what was the sample multiplied there?
    """
    return ddim_step(x, noise, now, then, fresh, eta) + (then - then.sqrt()) * clean_guess(x, noise, now)


def fresh_on_top(x, noise, now, then, fresh, eta=0.0):
    """The fresh noise comes on top.

    The told noise fills the level already. If more comes in, the sample has too much noise for the next step: as much
    has to go out.
    """
    return ddim_step(x, noise, now, then, fresh) + _sigma(now, then, eta) * fresh


def sigma_not_squared(x, noise, now, then, fresh, eta=0.0):
    """Sigma is subtracted where its square should be.

    Variances add up, deviations do not. Which of the two is 1 minus `then`?
    """
    sigma = _sigma(now, then, eta)
    guess = then.sqrt() * clean_guess(x, noise, now)
    return guess + (1 - then - sigma).clamp(min=0).sqrt() * noise + sigma * fresh


def dial_on_the_variance(x, noise, now, then, fresh, eta=0.0):
    """The dial turns the variance.

    `eta` multiplies sigma, so it multiplies the variance by its square. At 0 and 1 the two are the same; look at 0.5.
    """
    return ddim_step(x, noise, now, then, fresh, eta**0.5)


def larger_sigma(x, noise, now, then, fresh, eta=0.0):
    """Sigma is that of the step forward.

    One factor is missing: it says how much of the noise at `now` is still there at `then`.
    """
    sigma = eta * (1 - now / then).sqrt()
    return _assembled(x, noise, now, then, fresh, sigma)


SLIPS = (
    ddpm_instead,
    dial_ignored,
    stays_clean,
    spoiled_with_fresh_noise,
    old_level,
    guess_with_the_new_level,
    guess_not_scaled,
    signal_without_root,
    fresh_on_top,
    sigma_not_squared,
    dial_on_the_variance,
    larger_sigma,
)
