"""What goes wrong in batch normalization: each function is wrong in one thing, which its docstring names."""

import torch


def _norm(x, weight, bias, mean, variance, eps):
    return weight * (x - mean) / (variance + eps).sqrt() + bias


def _update(old, new, share):
    return (1 - share) * old + share * new.detach()


def _right(given, correction=0, running_correction=1, shares=None, y=None):
    """The whole, done right unless told otherwise by name."""
    x, weight, bias, running_mean, running_variance, training, momentum, eps = given
    if not training:
        return _norm(x, weight, bias, running_mean, running_variance, eps), running_mean, running_variance
    of_mean, of_variance = (momentum, momentum) if shares is None else shares
    if y is None:
        y = _norm(x, weight, bias, x.mean(dim=0), x.var(dim=0, correction=correction), eps)
    variance = x.var(dim=0, correction=running_correction)
    return y, _update(running_mean, x.mean(dim=0), of_mean), _update(running_variance, variance, of_variance)


def momentum_turned_over(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The momentum is the share of the old value.

    That is TensorFlow's convention. In PyTorch, and here, the momentum is the share of the new value: with 0.1 the
    running mean moves a tenth of the way to the batch's. How far does yours move?
    """
    given = x, weight, bias, running_mean, running_variance, training, momentum, eps
    return _right(given, shares=(1 - momentum, 1 - momentum))


def only_the_mean_is_mended(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The running mean is mended, the running variance is not.

    The mean now moves a share `momentum` towards the batch's. Which share does the variance move?
    """
    given = x, weight, bias, running_mean, running_variance, training, momentum, eps
    return _right(given, shares=(momentum, 1 - momentum))


def only_the_variance_is_mended(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The running variance is mended, the running mean is not.

    The variance now moves a share `momentum` towards the batch's. Which share does the mean move?
    """
    given = x, weight, bias, running_mean, running_variance, training, momentum, eps
    return _right(given, shares=(1 - momentum, momentum))


def biased_variance_is_kept(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The running variance is updated with the biased variance.

    y is right. The running variance should estimate that of all data, and the variance of a small batch about its own
    mean is too small on average. By which factor?
    """
    return _right((x, weight, bias, running_mean, running_variance, training, momentum, eps), running_correction=0)


def unbiased_variance_in_the_batch(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The batch is normalized with the unbiased variance.

    Within the batch nothing is estimated: before scale and shift, y should have variance 1. By how many rows do you
    divide the sum of squares? (`Tensor.var` divides by one less unless told otherwise.)
    """
    return _right((x, weight, bias, running_mean, running_variance, training, momentum, eps), correction=1)


def both_variances_swapped(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The two variances are swapped.

    The batch is normalized by the variance divided by b. The running variance takes the one divided by b - 1, which
    estimates that of all data. Which is which in your code?
    """
    given = x, weight, bias, running_mean, running_variance, training, momentum, eps
    return _right(given, correction=1, running_correction=0)


def batch_statistics_in_evaluation(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """In evaluation the batch's own statistics are used.

    Then the prediction for one example depends on the others in its batch, and a single row has no variance at all.
    What are the running statistics kept for?
    """
    _y, *running = _right((x, weight, bias, running_mean, running_variance, training, momentum, eps))
    return _norm(x, weight, bias, x.mean(dim=0), x.var(dim=0, correction=0), eps), *running


def running_statistics_in_training(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """In training the running statistics are used to normalize.

    In training every feature should have mean 0 and variance 1 over this very batch, before scale and shift. What is
    the mean of yours?
    """
    y = _norm(x, weight, bias, running_mean, running_variance, eps)
    return _right((x, weight, bias, running_mean, running_variance, training, momentum, eps), y=y)


def updated_in_evaluation(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The running statistics are updated in evaluation, too.

    Then the model changes while it is tested, and a prediction depends on the inputs before it. In which mode may the
    running statistics change?
    """
    y, *_ = _right((x, weight, bias, running_mean, running_variance, training, momentum, eps))
    variance = x.var(dim=0, correction=1) if len(x) > 1 else torch.zeros_like(running_variance)
    return y, _update(running_mean, x.mean(dim=0), momentum), _update(running_variance, variance, momentum)


def never_updated(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The running statistics are never updated.

    y is right in training. But evaluation would use the mean 0 and the variance 1 that the running statistics started
    with. Where should they move in training, and how far?
    """
    y, *_ = _right((x, weight, bias, running_mean, running_variance, training, momentum, eps))
    return y, running_mean, running_variance


def epsilon_beside_the_root(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The epsilon is added to the standard deviation, not to the variance.

    The difference shows as soon as epsilon is not tiny. In the equation, does it stand under the root or beside it?
    """
    _, *running = _right((x, weight, bias, running_mean, running_variance, training, momentum, eps))
    mean, variance = (x.mean(dim=0), x.var(dim=0, correction=0)) if training else (running_mean, running_variance)
    return weight * (x - mean) / (variance.sqrt() + eps) + bias, *running


def over_the_features(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The mean and the variance of each row are used.

    That is layer normalization. Batch normalization normalizes every feature over the batch: which axis disappears
    when you take the mean?
    """
    y = _norm(x, weight, bias, x.mean(dim=1, keepdim=True), x.var(dim=1, correction=0, keepdim=True), eps)
    return _right((x, weight, bias, running_mean, running_variance, training, momentum, eps), y=y)


def no_scale_and_shift(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """Weight and bias are not used.

    If every feature always had mean 0 and variance 1, the network could represent less than before. Which two
    arguments give each feature a mean and a size of its own again?
    """
    plain = torch.ones_like(weight), torch.zeros_like(bias)
    return _right((x, *plain, running_mean, running_variance, training, momentum, eps))


def statistics_detached(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The gradient does not flow through the batch's mean and variance.

    Your values are right, and the gradient of x is not. Every x changes the mean and the variance of its feature, and
    so the y of the other rows. Which of your lines hides that from autograd?
    """
    mean, variance = (x.mean(dim=0), x.var(dim=0, correction=0)) if training else (running_mean, running_variance)
    y = _norm(x, weight, bias, mean.detach(), variance.detach(), eps)
    return y, *_right((x, weight, bias, running_mean, running_variance, training, momentum, eps))[1:]


def old_value_kept_in_full(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """The old value is not multiplied by 1 - momentum.

    If every batch has a mean of 1, the running mean should approach 1. Yours grows without bound. Which share of the
    old value stays?
    """
    y, mean, variance = _right((x, weight, bias, running_mean, running_variance, training, momentum, eps))
    if not training:
        return y, mean, variance
    return y, mean + momentum * running_mean, variance + momentum * running_variance


def updated_statistics_normalize(x, weight, bias, running_mean, running_variance, training, momentum, eps):
    """In training the updated running statistics are used to normalize.

    In training every feature should have mean 0 and variance 1 over this very batch, before scale and shift. Which
    mean and variance give that?
    """
    given = x, weight, bias, running_mean, running_variance, training, momentum, eps
    _, mean, variance = _right(given)
    return _norm(x, weight, bias, mean, variance, eps), mean, variance
