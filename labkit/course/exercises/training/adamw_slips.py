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


def _adamw(given, corrected=_unbiased, divided=_divided, moments=_moments):
    """The step, done right unless told otherwise."""
    weight, gradient, mean, square, step, lr, betas, weight_decay = given
    mean, square = moments(gradient, mean, square, betas)
    move = divided(*corrected(mean, square, step, betas))
    return weight * (1 - lr * weight_decay) - lr * move, mean, square


def decay_in_the_gradient(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The decay is added to the gradient.

    That is an L2 penalty in Adam. There the decay is divided by the root of the squares like everything else, so
    weights with large gradients hardly shrink. In the equation, where does λ stand: in the gradient, or at the weight?
    """
    return _adamw((weight, gradient + weight_decay * weight, mean, square, step, lr, betas, 0.0))


def not_corrected(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The moments are not corrected for their start at zero.

    After the first step, with β = 0.9, the running mean is only a tenth of the gradient, because it started at 0. By
    which factor is it too small after t steps?
    """
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), lambda m, s, t, b: (m, s))


def only_the_mean_is_corrected(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The running mean of the squares is not corrected.

    Both running means started at 0, and the one of the squares forgets that more slowly. Compare the lengths of your
    first steps with the learning rate.
    """
    corrected = lambda m, s, t, b: (m / (1 - b[0] ** t), s)  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), corrected)


def corrected_moments_are_kept(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The corrected means are returned in place of the running ones.

    The new weight is right. But the next step will average into what you return, and correct it once more. Which of
    the two does the next step need?
    """
    weight, mean, square = _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay))
    return weight, *_unbiased(mean, square, step, betas)


def new_gradients_count_in_full(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The new gradient is not multiplied by 1 - β.

    If every gradient is 1, a running mean should approach 1. Yours approaches 10 when β is 0.9. Which share of the new
    gradient should it take?
    """
    moments = lambda g, m, s, b: (b[0] * m + g, b[1] * s + g.square())  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), moments=moments)


def shares_swapped(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The new gradient gets the share β, and the old mean the rest.

    With β = 0.9 your mean forgets nearly everything at each step. Which of the two, old or new, is multiplied by β?
    """
    moments = lambda g, m, s, b: ((1 - b[0]) * m + b[0] * g, (1 - b[1]) * s + b[1] * g.square())  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), moments=moments)


def no_epsilon(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The epsilon is missing.

    It makes no difference until gradients are tiny. Without it a weight whose gradients are all 0 divides 0 by 0.
    """
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), divided=lambda u, d: u / d.sqrt())


def no_decay(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The weight does not shrink.

    That is Adam without the W. Which factor, slightly below 1, multiplies the old weight in the equation?
    """
    return _adamw((weight, gradient, mean, square, step, lr, betas, 0.0))


def steps_from_zero(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The first step is counted as step 0.

    β to the power of 0 is 1, and you divide by one minus that. Here the first step has the number 1.
    """
    corrected = lambda m, s, t, b: (m / (1 - b[0] ** (t - 1)), s / (1 - b[1] ** (t - 1)))  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), corrected) if step > 1 else 1 / 0


def multiplied_by_the_step(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """β is multiplied by the step, not raised to its power.

    Each step keeps a share β of what was there. Which share of the starting zero is left after two steps, and after t?
    """
    corrected = lambda m, s, t, b: (m / (1 - b[0] * t), s / (1 - b[1] * t))  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), corrected)


def no_root(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The square root is missing.

    If all gradients were ten times as large, Adam's step should keep its length. Yours becomes ten times shorter. What
    has the same unit as the mean gradient?
    """
    divide = lambda up, down: up / (down + EPSILON)  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), divided=divide)


def epsilon_under_the_root(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The epsilon stands under the root.

    It makes no difference until gradients are small: the root of 1e-8 is 1e-4. In the equation, is ε added before or
    after the root is taken?
    """
    divide = lambda up, down: up / (down + EPSILON).sqrt()  # noqa: E731
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), divided=divide)


def epsilon_before_the_correction(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The epsilon is added before the squares are corrected.

    You divide the sum of root and ε by the correction, so early steps see an ε that is many times too large. In the
    equation, is ε added to the root of the running square or to that of the corrected one?
    """
    new_mean, new_square = _moments(gradient, mean, square, betas)
    root = (new_square.sqrt() + EPSILON) / (1 - betas[1] ** step) ** 0.5
    move = new_mean / (1 - betas[0] ** step) / root
    return weight * (1 - lr * weight_decay) - lr * move, new_mean, new_square


def decay_without_rate(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The decay is not multiplied by the learning rate.

    With a decay of 0.5 your weights lose half of their size at every step. In AdamW, a schedule that lowers the
    learning rate lowers the decay with it. By which factor should a weight shrink?
    """
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay / lr))


def decay_after_the_step(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The decay shrinks the new weight, not the old one.

    The difference is small: you shrink the step as well. In the equation, which weight is multiplied by the decay, the
    one before the step or the one after?
    """
    moved, mean, square = _adamw((weight, gradient, mean, square, step, lr, betas, 0.0))
    return moved * (1 - lr * weight_decay), mean, square


def uphill(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The step is added, not subtracted.

    The gradient points uphill. Which way should the weight go?
    """
    return _adamw((weight, gradient, mean, square, step, lr, betas, weight_decay), divided=lambda u, d: -_divided(u, d))


def betas_swapped(weight, gradient, mean, square, step, lr, betas, weight_decay):
    """The two betas are swapped.

    Your mean of the gradients forgets more slowly than your mean of their squares. Which β belongs to which?
    """
    return _adamw((weight, gradient, mean, square, step, lr, betas[::-1], weight_decay))
