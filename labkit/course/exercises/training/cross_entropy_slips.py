"""What goes wrong in softmax cross-entropy: each function is wrong in one thing, which its docstring names."""

from torch.nn import functional as F


def _finish(log_p, target, p=None, rows=None):
    """Loss and gradient from log-probabilities, done right unless told otherwise."""
    p = log_p.exp() if p is None else p
    rows = len(log_p) if rows is None else rows
    onehot = F.one_hot(target, log_p.shape[1]).to(log_p)
    return -log_p.gather(1, target[:, None]).sum() / rows, (p - onehot) / rows


def exponentials_of_everything(logits, target):
    """The exponentials overflow.

    In float32 the exponential of 89 is infinite, and infinity divided by infinity is not a number. The softmax does
    not change when you subtract the same number from every logit of a row. Which number makes all of them safe?
    """
    p = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return _finish(p.log(), target, p)


def logarithm_of_a_rounded_zero(logits, target):
    """The logarithm is taken of a probability that was rounded to zero.

    Your softmax is safe. But a probability of e^-10000 cannot be stored. It becomes 0, and its logarithm is minus
    infinity. Simplify log softmax on paper before you compute anything: does the exponential of the true class's logit
    need to be taken on its own?
    """
    p = logits.softmax(dim=1)
    return _finish(p.log(), target, p)


def tiny_number_inside_the_logarithm(logits, target):
    """A tiny number is added inside the logarithm.

    It avoids infinity, but it bounds the loss: no error can cost more than about 20, however confident and wrong the
    model is. If you simplify log softmax on paper first, no tiny number is needed.
    """
    p = logits.softmax(dim=1)
    return _finish((p + 1e-9).log(), target, p)


def probabilities_clamped(logits, target):
    """The probabilities are clamped before the logarithm.

    That avoids infinity, but it bounds the loss: an error cannot cost more than the logarithm of your smallest
    probability. If you simplify log softmax on paper first, nothing needs to be clamped.
    """
    p = logits.softmax(dim=1)
    return _finish(p.clamp(min=1e-12).log(), target, p)


def one_maximum_for_all(logits, target):
    """The largest logit of the whole batch is subtracted, not that of each row.

    Take two rows, one around 5000 and one around -5000. After you subtract 5000 from both, what are the exponentials
    of the second row, and what is the logarithm of their sum?
    """
    shifted = logits - logits.max()
    return _finish(shifted - shifted.exp().sum(dim=1, keepdim=True).log(), target)


def target_not_shifted(logits, target):
    """The largest logit is subtracted inside the logarithm, but not from the true class's logit.

    Your loss is too small by the largest logit. You subtracted it from one of the two terms. What keeps their
    difference as it was?
    """
    shifted = logits - logits.amax(dim=1, keepdim=True)
    lost = logits.amax(dim=1).mean()
    loss, gradient = _finish(shifted - shifted.exp().sum(dim=1, keepdim=True).log(), target)
    return loss - lost, gradient


def sum_over_the_batch(logits, target):
    """The loss is summed over the batch, not averaged.

    With a sum, twice the batch means twice the gradient, and you would have to halve the learning rate. Which one is
    asked for?
    """
    return _finish(logits.log_softmax(dim=1), target, rows=1)


def gradient_of_the_sum(logits, target):
    """The loss is a mean, and the gradient is that of a sum.

    Your loss is right. If it is divided by the number of rows, what happens to its derivative?
    """
    loss, gradient = _finish(logits.log_softmax(dim=1), target)
    return loss, gradient * len(logits)


def softmax_over_the_batch(logits, target):
    """The softmax runs over the rows of the batch.

    Each example distributes a probability of 1 over the classes. Add up one row of your probabilities: is it 1?
    """
    return _finish(logits.log_softmax(dim=0), target)


def gradient_upside_down(logits, target):
    """The gradient has the wrong sign.

    With your gradient, a step downhill lowers the logit of the true class. The gradient is the prediction minus the
    truth: which of the two do you subtract?
    """
    loss, gradient = _finish(logits.log_softmax(dim=1), target)
    return loss, -gradient


def gradient_without_the_target(logits, target):
    """The gradient is the probabilities alone.

    You have the derivative of the log-sum-exp. The loss has a second term, the true class's logit with a minus. What
    does it add to the gradient, and where?
    """
    loss, _ = _finish(logits.log_softmax(dim=1), target)
    return loss, logits.softmax(dim=1) / len(logits)


def every_target_in_every_row(logits, target):
    """The 1 is subtracted in every row at the classes of all rows.

    An index such as `[:, target]` picks whole columns. You want one entry in each row: row 0 at `target[0]`, row 1 at
    `target[1]`, and so on. Which two lists of numbers pick those?
    """
    loss, _ = _finish(logits.log_softmax(dim=1), target)
    gradient = logits.softmax(dim=1)
    gradient[:, target] -= 1
    return loss, gradient / len(logits)


def gradient_over_all_entries(logits, target):
    """The gradient is divided by the number of its entries, not by the number of rows.

    Your loss is right. It is a mean over rows, not over classes. By which number is each row's gradient divided?
    """
    loss, gradient = _finish(logits.log_softmax(dim=1), target)
    return loss, gradient / logits.shape[1]


def mean_subtracted(logits, target):
    """The mean of each row is subtracted, not its maximum.

    A row of one logit at 10000 and two at 0 has a mean of 3333. After you subtract it, what is the exponential of the
    first? Which number must you subtract so that none is above 1?
    """
    shifted = logits - logits.mean(dim=1, keepdim=True)
    return _finish(shifted - shifted.exp().sum(dim=1, keepdim=True).log(), target)


def loss_without_minus(logits, target):
    """The loss has the wrong sign.

    A loss is small when the prediction is good. The logarithm of a probability is never positive: what is missing?
    """
    loss, gradient = _finish(logits.log_softmax(dim=1), target)
    return -loss, gradient
