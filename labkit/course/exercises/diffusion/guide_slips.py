"""What goes wrong in guidance: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.diffusion.guidance import guide


def weight_of_the_paper(conditional, unconditional, weight):
    """The weight counts from the conditional prediction.

    The paper counts this way, and there weight 0 already uses the class. Here weight 0 ignores it: try weights 0
    and 1.
    """
    return guide(conditional, unconditional, weight + 1)


def roles_swapped(conditional, unconditional, weight):
    """The two predictions have changed places.

    With weight 0 your result uses the class, and a larger weight moves away from it. Which prediction is the
    start?
    """
    return guide(unconditional, conditional, weight)


def direction_turned(conditional, unconditional, weight):
    """The direction is reversed.

    You start at the right prediction and move away from the class. From where to where should the difference
    point?
    """
    return guide(conditional, unconditional, -weight)


def difference_alone(conditional, unconditional, weight):
    """Only the difference is returned.

    The difference is a correction. Which prediction does it correct?
    """
    return guide(conditional, unconditional, weight) - unconditional


def kept_between(conditional, unconditional, weight):
    """The weight is limited to [0, 1].

    Between the two predictions your result is right. Guidance uses weights *beyond* 1, where the class is
    exaggerated.
    """
    return guide(conditional, unconditional, weight.clamp(0, 1))


def only_scaled(conditional, unconditional, weight):
    """The conditional prediction is multiplied.

    Twice the noise is not the noise of a class that matters twice as much: its variance is wrong. The
    *difference* of the two predictions is what the class contributes.
    """
    return guide(conditional, torch.zeros_like(unconditional) + 0 * unconditional, weight)


def averaged(conditional, unconditional, weight):
    """The two are averaged.

    After dividing by the sum of the weights you never leave the line between the two predictions. Guidance
    continues beyond its end.
    """
    share = weight.view(-1, *[1] * (conditional.ndim - 1))
    return (unconditional + share * conditional) / (1 + share)


def first_weight_for_all(conditional, unconditional, weight):
    """All samples get the weight of the first.

    There is one weight for each sample of the batch.
    """
    return guide(conditional, unconditional, weight[:1].expand_as(weight))


def last_axis(conditional, unconditional, weight):
    """The weights are laid along the last axis.

    torch aligns shapes at their ends, so each column gets a weight instead of each sample. As in exercise 1,
    append axes of length 1 to the weights.
    """
    share = weight if weight.shape[0] == conditional.shape[-1] else weight.view(-1, *[1] * (conditional.ndim - 1))
    return unconditional + share * (conditional - unconditional)


def sum_of_both(conditional, unconditional, weight):
    """The conditional prediction is added, not the difference.

    The weights of the two predictions then add up to 1 + w, so the noise grows with w. Subtract the unconditional
    prediction before you multiply by w.
    """
    return unconditional + weight.view(-1, *[1] * (conditional.ndim - 1)) * conditional


def vectors_only(conditional, unconditional, weight):
    """It works for vectors only.

    One axis is added to the weights in any case. An image needs three: add as many axes as the predictions have after
    the first.
    """
    return unconditional + weight[:, None] * (conditional - unconditional)
