"""What goes wrong in a causal loss: each function is wrong in one thing, which its docstring names."""

import math

import torch
import torch.nn.functional as F

from labkit.transformers.gpt import IGNORED, causal_loss


def _each(logits, labels):
    """The loss of every position, 0 where the label does not count."""
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="none")


def not_shifted(logits, labels):
    """The labels are not shifted.

    Position t has received token t, and your loss asks it for the same token, which it can copy without learning
    anything. Which token should it predict?
    """
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten())


def shifted_backwards(logits, labels):
    """The shift goes the wrong way.

    Write down three tokens and below each the one it should predict. Which end of `logits` has nothing to predict,
    and which end of `labels` is never predicted?
    """
    return F.cross_entropy(logits[:, 1:].flatten(0, 1), labels[:, :-1].flatten())


def rolled(logits, labels):
    """The last position predicts the first token.

    `torch.roll` moves the first label to the end. What comes after the last token of a text?
    """
    return F.cross_entropy(logits.flatten(0, 1), labels.roll(-1, dims=1).flatten())


def shifted_by_two(logits, labels):
    """The labels are two positions ahead.

    Your model predicts the token after the next one. By how many positions do inputs and labels differ?
    """
    logits, labels = logits[:, :-1], labels[:, 1:]
    return not_shifted(logits, torch.cat([labels[:, 1:], labels[:, -1:]], dim=1))


def axes_mixed(logits, labels):
    """The logits are reshaped where axes should change places.

    `cross_entropy` takes the classes on the second axis, or two axes in all. A reshape does not move an axis: it reads
    the same numbers into new rows. Which way keeps the logits of one position together?
    """
    logits, labels = logits[:, :-1], labels[:, 1:]
    b, t, v = logits.shape
    return F.cross_entropy(logits.reshape(b, v, t), labels)


def softmax_twice(logits, labels):
    """There is a softmax before the cross-entropy.

    `cross_entropy` takes logits and does the softmax itself. What do two of them do to a clear winner?
    """
    return causal_loss(logits.softmax(dim=-1), labels)


def log_of_softmax(logits, labels):
    """The logarithm of a softmax overflows.

    A probability of e to the minus 300 is 0 in float32, and its logarithm is minus infinity. Which function takes both
    steps at once?
    """
    log_p = logits[:, :-1].softmax(dim=-1).log()
    counts = labels[:, 1:] != IGNORED
    picked = log_p.gather(2, labels[:, 1:].clamp(min=0)[..., None])[..., 0]
    return -picked[counts].mean()


def summed(logits, labels):
    """The losses are summed, not averaged.

    A longer text then has a larger loss and needs a smaller learning rate. By what should you divide?
    """
    return _each(logits[:, :-1], labels[:, 1:]).sum()


def places_that_do_not_count_counted(logits, labels):
    """The mean runs over all positions.

    A label of -100 adds nothing to the sum, but you still count it when you divide. How many labels count?
    """
    return _each(logits[:, :-1], labels[:, 1:]).mean()


def mean_of_means(logits, labels):
    """Each row is averaged first, then the rows.

    Where rows have different numbers of labels, this is another mean: a token in a short row counts more. Sum
    everything before you divide.
    """
    each = _each(logits[:, :-1], labels[:, 1:]).view(len(labels), -1)
    return (each.sum(dim=1) / (labels[:, 1:] != IGNORED).sum(dim=1)).mean()


def ignored_is_token_zero(logits, labels):
    """A label of -100 is treated as token 0.

    A label of -100 means that this position does not count. Your loss trains the model to predict token 0 there.
    """
    return causal_loss(logits, labels.clamp(min=0))


def in_bits(logits, labels):
    """The loss is in bits.

    Bits are nats divided by the logarithm of 2, fine for a report. Frameworks, and this exercise, count in nats.
    """
    return causal_loss(logits, labels) / math.log(2)


def sign_forgotten(logits, labels):
    """The sign is missing.

    Your loss grows when the model gets better. What does an optimizer do with a loss?
    """
    return -causal_loss(logits, labels)


def last_logits_kept(logits, labels):
    """The first logits are dropped, and the first label too.

    You cut both at the beginning, so each position still predicts its own token. Which end of `logits` has nothing to
    predict?
    """
    return F.cross_entropy(logits[:, 1:].flatten(0, 1), labels[:, 1:].flatten())


def probability_not_logarithm(logits, labels):
    """The loss is a probability, not a logarithm.

    The formula takes the logarithm of the probability of each label. What does one very improbable token do to a mean
    of probabilities, and what to a mean of logarithms?
    """
    counts = labels[:, 1:] != IGNORED
    p = logits[:, :-1].softmax(dim=-1).gather(2, labels[:, 1:].clamp(min=0)[..., None])[..., 0]
    return -p[counts].mean()
