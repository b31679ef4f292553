"""What goes wrong in dropout: each function is wrong in one thing, which its docstring names."""

import torch


def _kept(x, uniform, rate):
    return (uniform >= rate).to(x.dtype)


def _apply(x, factors):
    return x * factors, factors


def nothing_dropped(x, uniform, rate, training):
    """Nothing is dropped.

    x comes back unchanged in training, too. Which entries should become 0, and what happens to the others?
    """
    return _apply(x, torch.ones_like(x))


def not_scaled(x, uniform, rate, training):
    """The remaining numbers are not scaled.

    At a rate of 0.5, the next layer gets on average half of what it will get in evaluation, where nothing is dropped.
    By which factor must the remaining numbers grow to keep the mean?
    """
    return _apply(x, _kept(x, uniform, rate)) if training else _apply(x, torch.ones_like(x))


def divided_by_the_rate(x, uniform, rate, training):
    """The remaining numbers are divided by the rate.

    At a rate of one half this makes no difference. At a rate of 0.1, nine of ten numbers stay: should each of them
    become ten times as large?
    """
    return _apply(x, _kept(x, uniform, rate) / rate) if training else _apply(x, torch.ones_like(x))


def scaled_down(x, uniform, rate, training):
    """The remaining numbers become smaller.

    Some numbers are dropped, so the sum is smaller already. Must the remaining ones make up for it, or add to it?
    """
    return _apply(x, _kept(x, uniform, rate) * (1 - rate)) if training else _apply(x, torch.ones_like(x))


def rate_is_what_stays(x, uniform, rate, training):
    """The rate is taken for the share that stays.

    Here, as in torch, the rate is the share that is dropped. (In some older papers p is the probability of
    staying.) At a rate of 0.1, how many of ten numbers should be zero?
    """
    return _apply(x, (uniform < rate).to(x.dtype) / max(rate, 1e-9)) if training else _apply(x, torch.ones_like(x))


def drops_the_wrong_ones(x, uniform, rate, training):
    """The numbers below the rate stay, and the others are dropped.

    The scale is right, the mask is inverted. A random number is below 0.1 in one case of ten. Is that how often an
    entry should stay?
    """
    return _apply(x, (uniform < rate).to(x.dtype) / (1 - rate)) if training else _apply(x, torch.ones_like(x))


def drops_in_evaluation(x, uniform, rate, training):
    """Numbers are dropped in evaluation, too.

    A trained network should give the same prediction for the same input. What should happen to x when `training` is
    False?
    """
    return _apply(x, _kept(x, uniform, rate) / (1 - rate))


def scales_in_evaluation(x, uniform, rate, training):
    """The scaling happens in evaluation, not in training.

    That is dropout as it was first published: drop in training, multiply by the share that stays in evaluation.
    Inverted dropout scales in training instead, so that evaluation can leave x alone. By which factor?
    """
    factors = _kept(x, uniform, rate) if training else torch.full_like(x, 1 - rate)
    return _apply(x, factors)


def scales_twice(x, uniform, rate, training):
    """It scales in training and in evaluation.

    Your training keeps the mean already. What is left to do in evaluation, where nothing is dropped?
    """
    factors = _kept(x, uniform, rate) / (1 - rate) if training else torch.full_like(x, 1 - rate)
    return _apply(x, factors)


def one_mask_for_all_rows(x, uniform, rate, training):
    """All rows share one mask.

    Each entry has a random number of its own. If the same units were dropped for the whole batch, how many different
    thin networks would one step train?
    """
    if not training:
        return _apply(x, torch.ones_like(x))
    return _apply(x, (_kept(x, uniform, rate)[:1] / (1 - rate)).expand_as(x).clone())


def strictly_above_the_rate(x, uniform, rate, training):
    """A random number that equals the rate is dropped.

    An entry is dropped if its random number is *below* the rate. What about a random number of exactly 0 at a rate of
    0, where nothing may be dropped?
    """
    return _apply(x, (uniform > rate).to(x.dtype) / (1 - rate)) if training else _apply(x, torch.ones_like(x))


def scaled_by_what_stayed(x, uniform, rate, training):
    """The scale depends on how many numbers happened to stay.

    You divide by the share that stayed in this batch. The expected share is known in advance: what is it?
    """
    kept = _kept(x, uniform, rate)
    return _apply(x, kept * kept.numel() / kept.sum()) if training else _apply(x, torch.ones_like(x))


def zeros_in_evaluation(x, uniform, rate, training):
    """In evaluation everything is dropped.

    Evaluation leaves x as it is. Which factor does each entry have, then?
    """
    factors = _kept(x, uniform, rate) / (1 - rate) if training else torch.zeros_like(x)
    return _apply(x, factors)
