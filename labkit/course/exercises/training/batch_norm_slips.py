"""What goes wrong in batch normalization: each function is wrong in one thing, which its docstring names."""

import torch


def _norm(x, weight, bias, mean, variance, eps):
    return weight * (x - mean) / (variance + eps).sqrt() + bias


def _update(old, new, momentum):
    return (1 - momentum) * old + momentum * new.detach()


def _right(given, correction=0, running_correction=1, share=None, y=None):
    """The whole, done right unless told otherwise by name."""
    x, weight, bias, running_mean, running_variance, training, momentum, eps = given
    if not training:
        return _norm(x, weight, bias, running_mean, running_variance, eps), running_mean, running_variance
    share = momentum if share is None else share
    if y is None:
        y = _norm(x, weight, bias, x.mean(dim=0), x.var(dim=0, correction=correction), eps)
    variance = x.var(dim=0, correction=running_correction)
    return y, _update(running_mean, x.mean(dim=0), share), _update(running_variance, variance, share)


def biased_variance_is_kept(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The running variance is updated with the biased variance.

    y is right. The running variance should estimate that of all data, and the variance of a small batch about its
    own mean is too small on average. By which factor?
    """
    return _right((x, weight, bias, running_mean, running_variance, training, momentum, eps), running_correction=0)


def unbiased_variance_in_the_batch(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The batch is normalized with the unbiased variance.

    Within the batch nothing is estimated: y should have variance 1 as it stands. By how many do you divide the sum of
    squares? (`Tensor.var` divides by one less unless told otherwise.)
    """
    return _right((x, weight, bias, running_mean, running_variance, training, momentum, eps), correction=1)


def batch_statistics_in_evaluation(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """In evaluation the batch's own statistics are used.

    Then the answer to one example depends on which others happen to be in the batch, and a single row has no
    variance at all. What have you kept the running statistics for?
    """
    _y, *running = _right((x, weight, bias, running_mean, running_variance, training, momentum, eps))
    return _norm(x, weight, bias, x.mean(dim=0), x.var(dim=0, correction=0), eps), *running


def running_statistics_in_training(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """In training the running statistics are used.

    In training every feature should have mean 0 and variance 1 over this very batch. Check it: what is the mean
    of your y, before weight and bias?
    """
    y = _norm(x, weight, bias, running_mean, running_variance, eps)
    return _right((x, weight, bias, running_mean, running_variance, training, momentum, eps), y=y)


def momentum_turned_over(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The momentum is the share of the old.

    In torch, and here, the momentum is the share of the new: with 0.1 the running mean moves a tenth of the way to the
    batch's. How far does yours move?
    """
    return _right((x, weight, bias, running_mean, running_variance, training, momentum, eps), share=1 - momentum)


def updated_in_evaluation(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The running statistics are updated in evaluation, too.

    Then the model changes while it is tested, and what it says depends on what it was asked before. Who may change the
    running statistics?
    """
    y, *_ = _right((x, weight, bias, running_mean, running_variance, training, momentum, eps))
    variance = x.var(dim=0, correction=1) if len(x) > 1 else torch.zeros_like(running_variance)
    return y, _update(running_mean, x.mean(dim=0), momentum), _update(running_variance, variance, momentum)


def never_updated(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The running statistics are never updated.

    y is right in training. In evaluation the mean 0 and variance 1 would be used with which the running
    statistics began. Where should they move in training, and how far?
    """
    y, *_ = _right((x, weight, bias, running_mean, running_variance, training, momentum, eps))
    return y, running_mean, running_variance


def epsilon_beside_the_root(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The epsilon is added to the deviation, not to the variance.

    The difference shows as soon as epsilon is not tiny. In the equation, does it stand under the root or beside it?
    """
    _, *running = _right((x, weight, bias, running_mean, running_variance, training, momentum, eps))
    mean, variance = (x.mean(dim=0), x.var(dim=0, correction=0)) if training else (running_mean, running_variance)
    return weight * (x - mean) / (variance.sqrt() + eps) + bias, *running


def over_the_features(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The mean and the variance of each row are used.

    That is layer normalization. Here every feature is normalized over the batch: which axis disappears when you
    take the mean?
    """
    y = _norm(x, weight, bias, x.mean(dim=1, keepdim=True), x.var(dim=1, correction=0, keepdim=True), eps)
    return _right((x, weight, bias, running_mean, running_variance, training, momentum, eps), y=y)


def no_scale_and_shift(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """Weight and bias are not used.

    If every feature had mean 0 and variance 1 for ever, the layer could say less than before. What gives it back the
    freedom to have any mean and any size?
    """
    plain = torch.ones_like(weight), torch.zeros_like(bias)
    return _right((x, *plain, running_mean, running_variance, training, momentum, eps))


def statistics_detached(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The gradient does not flow through the batch's mean and variance.

    Your values are right, and the gradient of x is not. Every x moves the mean and the variance of its feature, and so
    the y of its neighbors. Which of your lines hide that from autograd?
    """
    mean, variance = (x.mean(dim=0), x.var(dim=0, correction=0)) if training else (running_mean, running_variance)
    y = _norm(x, weight, bias, mean.detach(), variance.detach(), eps)
    return y, *_right((x, weight, bias, running_mean, running_variance, training, momentum, eps))[1:]


SLIPS = (
    biased_variance_is_kept,
    unbiased_variance_in_the_batch,
    batch_statistics_in_evaluation,
    running_statistics_in_training,
    momentum_turned_over,
    updated_in_evaluation,
    never_updated,
    epsilon_beside_the_root,
    over_the_features,
    no_scale_and_shift,
    statistics_detached,
)
