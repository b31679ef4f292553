"""What goes wrong in a step of AdamW: each function is wrong in one thing, which its docstring names."""

EPSILON = 1e-8


def _moments(gradient, mean, square, betas):
    return (
        betas[0] * mean + (1 - betas[0]) * gradient,
        betas[1] * square + (1 - betas[1]) * gradient.square(),
    )


def _unbiased(mean, square, step, betas):
    return mean / (1 - betas[0] ** step), square / (1 - betas[1] ** step)


def _divided(up, down):
    return up / (down.sqrt() + EPSILON)


def _adamw(given, corrected=_unbiased, divided=_divided):
    """The step, done right unless told otherwise."""
    weight, gradient, mean, square, step, lr, betas, weight_decay = given
    mean, square = _moments(gradient, mean, square, betas)
    move = divided(*corrected(mean, square, step, betas))
    return weight * (1 - lr * weight_decay) - lr * move, mean, square


def decay_in_the_gradient(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The decay is added to the gradient.

    That is the L2 penalty in Adam. There the decay is divided by the root of the squares like everything else, so
    weights with large gradients hardly shrink. What does the W stand for: where is the weight made smaller, and
    by what factor?
    """
    return _adamw((weight, gradient + weight_decay * weight, mean, square, step, lr, betas, 0.0))


def not_corrected(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The moments are not corrected for their start at zero.

    After the first step the mean gradient is only a tenth of the gradient, with beta 0.9, because it began at 0. By
    which factor is it too small after t steps?
    """
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), lambda m, s, t, b: (m, s))


def corrected_moments_are_kept(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The corrected moments are handed on.

    The new weight is right. But the next step will average into what you return, and correct it once more. Which
    of the two should go into the running means?
    """
    weight, mean, square = _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay))
    return weight, *_unbiased(mean, square, step, betas)


def steps_from_zero(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The first step is counted as step 0.

    Beta to the power of 0 is 1, and you divide by 1 minus that. Here the first step has the number 1.
    """
    corrected = lambda m, s, t, b: (m / (1 - b[0] ** (t - 1)), s / (1 - b[1] ** (t - 1)))  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), corrected) if step > 1 else 1 / 0


def multiplied_by_the_step(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """Beta is multiplied by the step where it should be raised to its power.

    How much of the starting zero is left after t steps, if each step keeps a share beta of what was there?
    """
    corrected = lambda m, s, t, b: (m / (1 - b[0] * t), s / (1 - b[1] * t))  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), corrected)


def no_root(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The root is missing.

    If all gradients were ten times as large, Adam's step should stay as long as it is. Yours becomes ten times
    shorter: what has the same unit as the mean gradient?
    """
    divide = lambda up, down: up / (down + EPSILON)  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), divided=divide)


def epsilon_under_the_root(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The epsilon stands under the root.

    It makes no difference, until gradients get small: the root of 1e-8 is 1e-4. In the paper, is it added before or
    after the root is taken?
    """
    divide = lambda up, down: up / (down + EPSILON).sqrt()  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), divided=divide)


def decay_without_rate(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The decay is not multiplied by the learning rate.

    With a decay of 0.5 your weights lose half of their size at every step. In AdamW a schedule that lowers the
    learning rate lowers the decay with it: by which factor should a weight shrink?
    """
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay / lr))


def decay_after_the_step(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """What shrinks is the new weight, not the old one.

    The difference is small: you shrink the step, too. In the equation, which weight is multiplied by the decay,
    the one before the step or the one after?
    """
    moved, mean, square = _adamw((weight, gradient, mean, square, step, lr, betas, 0.0))
    return moved * (1 - lr * weight_decay), mean, square


def betas_swapped(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The two betas have changed places.

    The mean of the gradients forgets faster than the mean of their squares. Which beta is which?
    """
    return _adamw((weight, gradient, mean, square, step, lr, betas[::-1], weight_decay))


SLIPS = (
    decay_in_the_gradient,
    not_corrected,
    corrected_moments_are_kept,
    steps_from_zero,
    multiplied_by_the_step,
    no_root,
    epsilon_under_the_root,
    decay_without_rate,
    decay_after_the_step,
    betas_swapped,
)
