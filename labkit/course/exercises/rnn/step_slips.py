"""What goes wrong in a recurrent step: each function is wrong in one thing, which its docstring names."""

import torch.nn.functional as F


def _sum(x, hidden, input_weight, recurrent_weight, bias):
    return F.linear(x, input_weight) + F.linear(hidden, recurrent_weight, bias)


def no_squashing(x, hidden, input_weight, recurrent_weight, bias):
    """The tanh is missing.

    Your state can grow without bound, and a hundred of your steps in a row are one linear map. What does the equation
    do with the sum?
    """
    return _sum(x, hidden, input_weight, recurrent_weight, bias)


def sigmoid(x, hidden, input_weight, recurrent_weight, bias):
    """A sigmoid stands where the tanh should be.

    Both are S-shaped, but a sigmoid is never negative. Between which two numbers should the state lie?
    """
    return _sum(x, hidden, input_weight, recurrent_weight, bias).sigmoid()


def relu(x, hidden, input_weight, recurrent_weight, bias):
    """A ReLU stands where the tanh should be.

    With a ReLU the state has no upper bound, and it is never negative. Which function does Elman's equation name?
    """
    return _sum(x, hidden, input_weight, recurrent_weight, bias).relu()


def memory_forgotten(x, hidden, input_weight, recurrent_weight, bias):
    """The previous hidden state is not used.

    Your network answers each input as if it were the first. Which term of the equation contains what came before?
    """
    return (F.linear(x, input_weight) + bias).tanh()


def input_forgotten(x, hidden, input_weight, recurrent_weight, bias):
    """The input is not used.

    Your new state does not depend on `x`. Which term of the equation contains the input?
    """
    return F.linear(hidden, recurrent_weight, bias).tanh()


def bias_forgotten(x, hidden, input_weight, recurrent_weight, bias):
    """The bias is missing.

    For zero input and zero state your result is zero, whatever `bias` is. The equation has three terms inside the
    tanh.
    """
    return (F.linear(x, input_weight) + F.linear(hidden, recurrent_weight)).tanh()


def squashed_apart(x, hidden, input_weight, recurrent_weight, bias):
    """The tanh is applied to the input's term and to the state's term separately.

    Your state can be larger than 1. Count the tanhs in the equation: how many terms stand inside its parentheses?
    """
    return F.linear(x, input_weight).tanh() + F.linear(hidden, recurrent_weight, bias).tanh()


def bias_outside(x, hidden, input_weight, recurrent_weight, bias):
    """The bias is added outside the tanh.

    Your state can be larger than 1. Which terms stand inside the parentheses of the tanh?
    """
    return (F.linear(x, input_weight) + F.linear(hidden, recurrent_weight)).tanh() + bias


def recurrent_turned(x, hidden, input_weight, recurrent_weight, bias):
    """The recurrent matrix is not transposed.

    It is square, so both products run, and only one is right. Row j holds the weights of new unit j. Which axis of the
    matrix must meet the old state?
    """
    return (F.linear(x, input_weight) + hidden @ recurrent_weight + bias).tanh()


def old_state_kept(x, hidden, input_weight, recurrent_weight, bias):
    """The old state is added to the new one.

    That is a residual connection, a later idea. In Elman's network the new state replaces the old one.
    """
    return hidden + _sum(x, hidden, input_weight, recurrent_weight, bias).tanh()


def bias_twice(x, hidden, input_weight, recurrent_weight, bias):
    """The bias is added twice.

    torch stores two biases, one for each product, and adds both. Here there is one. How often does it stand in the
    equation?
    """
    return (F.linear(x, input_weight, bias) + F.linear(hidden, recurrent_weight, bias)).tanh()


def products_multiplied(x, hidden, input_weight, recurrent_weight, bias):
    """The two products are multiplied.

    At the first step the state is zeros, so your network cannot see its first input. What stands between the two
    products in the equation?
    """
    return (F.linear(x, input_weight) * F.linear(hidden, recurrent_weight) + bias).tanh()
