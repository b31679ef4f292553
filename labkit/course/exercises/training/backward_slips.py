"""What goes wrong in the backward pass: each function is wrong in one thing, which its docstring names."""


def _gradients(x, hidden, second, gradient, passes=None):
    """All four, done right unless another `passes`, for how much of the gradient the ReLU lets through, is given."""
    at_hidden = (gradient @ second) * ((hidden > 0) if passes is None else passes)
    return at_hidden.T @ x, at_hidden.sum(dim=0), gradient.T @ hidden, gradient.sum(dim=0)


def relu_forgotten(x, hidden, second, gradient):
    """The ReLU is forgotten on the way back.

    Where a hidden unit is 0, its ReLU was closed. If its sum had been a little larger, would the loss have changed?
    What gradient should it get, then?
    """
    return _gradients(x, hidden, second, gradient, 1.0)


def relu_value_for_slope(x, hidden, second, gradient):
    """The gradient is multiplied by the value of the ReLU, not by its slope.

    The chain rule asks how steeply the ReLU rises, not how large its output is. Draw the ReLU: which two slopes does
    it have?
    """
    return _gradients(x, hidden, second, gradient, hidden)


def mask_from_the_gradient(x, hidden, second, gradient):
    """The gradient is set to zero where the gradient is negative, not where the ReLU was closed.

    You applied a ReLU to the gradient. A negative gradient is allowed to pass. Which tensor tells you where the ReLU
    of the forward pass was closed?
    """
    return _gradients(x, hidden, second, gradient, (gradient @ second) > 0)


def transposed(x, hidden, second, gradient):
    """The gradients of the weights are transposed.

    A gradient has the shape of its weights, so that it can be subtracted from them. A layer's weights have a row for
    each output and a column for each input. What do yours have?
    """
    of_first, of_bias, of_second, of_last = _gradients(x, hidden, second, gradient)
    return of_first.T, of_bias, of_second.T, of_last


def mean_over_the_batch(x, hidden, second, gradient):
    """The gradients are averaged over the batch.

    The 1/b of the mean loss is already in the gradient that you are given. Each weight took part in every row. What
    does the chain rule do with several paths from one number to the loss?
    """
    return tuple(part / len(x) for part in _gradients(x, hidden, second, gradient))


def biases_averaged(x, hidden, second, gradient):
    """The gradients of the biases are averaged over the batch, not summed.

    Your weights are right: the matrix product sums over the rows. A bias takes part in every row, just as a weight
    does. Should the rows be averaged for one and summed for the other?
    """
    of_first, of_bias, of_second, of_last = _gradients(x, hidden, second, gradient)
    return of_first, of_bias / len(x), of_second, of_last / len(x)


def biases_not_summed(x, hidden, second, gradient):
    """The gradients of the biases have a row for each example.

    The same bias was added to every row of the batch. How do the gradients from all rows become the gradient of one
    number?
    """
    of_first, _, of_second, _ = _gradients(x, hidden, second, gradient)
    return of_first, (gradient @ second) * (hidden > 0), of_second, gradient.clone()


def bias_before_the_relu(x, hidden, second, gradient):
    """The first bias gets its gradient without the ReLU's mask.

    Your first weights are right, and the first bias is not. Both stand inside the same ReLU. Can a closed ReLU stop
    the gradient of one and not of the other?
    """
    of_first, _, of_second, of_last = _gradients(x, hidden, second, gradient)
    return of_first, (gradient @ second).sum(dim=0), of_second, of_last


def second_layer_first(x, hidden, second, gradient):
    """The second layer's gradients come first.

    You return them in the order of backpropagation. The results are wanted in the order of the layers.
    """
    of_first, of_bias, of_second, of_last = _gradients(x, hidden, second, gradient)
    return of_second, of_last, of_first, of_bias


def second_mask_too(x, hidden, second, gradient):
    """The second layer's weights see the ReLU's mask instead of the hidden numbers.

    To the second layer, the hidden numbers are what x is to the first: its inputs. The gradient of a weight is δ times
    the number that the weight multiplied. Which number was that?
    """
    of_first, of_bias, _, of_last = _gradients(x, hidden, second, gradient)
    return of_first, of_bias, gradient.T @ (hidden > 0).to(gradient.dtype), of_last
