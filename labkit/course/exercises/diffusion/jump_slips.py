"""What goes wrong in the jump to step t: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.diffusion.ddpm import jump


def no_roots(x0, t, noise, kept):
    """The roots are missing.

    The schedule holds variances. Multiplying a sample by a number multiplies its variance by the square of that
    number. What must the two factors be, so that the variances add up to 1?
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return share * x0 + (1 - share) * noise


def noise_without_root(x0, t, noise, kept):
    """The factor of the noise has no root.

    Draw many samples of variance 1 and compute the variance of your result. It should stay 1 at every step. The
    factor of the signal is right already.
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return share.sqrt() * x0 + (1 - share) * noise


def root_before_subtraction(x0, t, noise, kept):
    """The root is taken before the subtraction.

    One minus a root is not the root of one minus. Which of the two makes the squares of both factors add up to 1?
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1)).sqrt()
    return share * x0 + (1 - share) * noise


def swapped(x0, t, noise, kept):
    """Signal and noise have changed places.

    With your factors the first step destroys the sample and the last one leaves it alone. The schedule says how
    much of the signal is *kept*.
    """
    return jump(noise, t, x0, kept)


def exploding(x0, t, noise, kept):
    """The signal is not scaled down.

    That is another kind of process, whose variance grows without end (the variance-exploding process of the
    section on stochastic differential equations). Here the signal fades as the noise is added.
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return x0 + (1 - share).sqrt() * noise


def one_step_only(x0, t, noise, kept):
    """The noise of a single step is added.

    You have used the fraction that step t alone keeps. The jump does all steps up to t at once, and the schedule
    `kept` already holds their product.
    """
    return jump(x0, t, noise, kept / torch.cat([kept.new_ones(1), kept[:-1]]))


def product_of_products(x0, t, noise, kept):
    """The schedule is multiplied up once more.

    `kept` is already the product over all steps. Look at its last value: almost nothing is left there.
    """
    return jump(x0, t, noise, kept.cumprod(dim=0))


def step_late(x0, t, noise, kept):
    """Steps are counted from 1.

    Your result belongs to the step before. Here steps count from 0, as arrays do: t is the position in the
    schedule.
    """
    return jump(x0, t, noise, torch.cat([kept.new_ones(1), kept[:-1]]))


def first_for_all(x0, t, noise, kept):
    """All samples jump to the step of the first.

    Each sample of the batch has a step of its own. Take as many values from the schedule as there are samples.
    """
    return jump(x0, t[:1].expand_as(t), noise, kept)


def last_axis(x0, t, noise, kept):
    """The steps are laid along the last axis.

    torch aligns shapes at their ends, so each *column* gets a step instead of each sample. What shape must the
    values have, so that they vary along the first axis only?
    """
    share = kept[t]
    if x0.shape[-1] != len(t):
        share = share.view(-1, *[1] * (x0.ndim - 1))
    return share.sqrt() * x0 + (1 - share).sqrt() * noise


def roots_of_the_whole(x0, t, noise, kept):
    """One root is taken of the sum.

    Each term has a root of its own, and a sample can be negative. Variances add up, but the samples themselves are
    multiplied by deviations.
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return (share * x0.square() + (1 - share) * noise.square()).sqrt()


def noise_of_the_step(x0, t, noise, kept):
    """The noise has the variance of a single step.

    The signal is scaled by all steps up to t, and the noise only by the last one. The noise of all steps has the
    variance that the signal has lost.
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    before = torch.cat([kept.new_ones(1), kept[:-1]])[t].view(-1, *[1] * (x0.ndim - 1))
    return share.sqrt() * x0 + (1 - share / before).sqrt() * noise


def signal_without_root(x0, t, noise, kept):
    """The factor of the signal has no root.

    `kept` is a fraction of variance. Multiplying a sample by a number multiplies its variance by the square of that
    number. The factor of the noise is right already.
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return share * x0 + (1 - share).sqrt() * noise


def vectors_only(x0, t, noise, kept):
    """It works for vectors only.

    One axis is added to the values of the schedule in any case. An image needs three: add as many axes as `x0` has
    after the first, `x0.ndim - 1`.
    """
    share = kept[t][:, None]
    return share.sqrt() * x0 + (1 - share).sqrt() * noise


def noise_subtracted(x0, t, noise, kept):
    """The noise is subtracted.

    On average this gives the same distribution, but the network would then have to predict minus the noise. The
    formula adds it.
    """
    return jump(x0, t, -noise, kept)
