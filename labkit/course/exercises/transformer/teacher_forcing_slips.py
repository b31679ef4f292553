"""What goes wrong in teacher forcing: each function is wrong in one thing, which its docstring names."""

import torch


def _causal(inputs, diagonal=0):
    length = inputs.shape[1]
    return torch.ones(length, length, dtype=torch.bool, device=inputs.device).tril(diagonal)


def _seen(inputs, padding):
    return (inputs != padding)[:, None]


def strictly_causal(target, padding=0):
    """A position may not look at itself.

    Position t receives token t and predicts token t + 1. Does it give anything away when it looks at its own input? And
    what is left for the first position to look at?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs, -1) & _seen(inputs, padding)


def sees_one_ahead(target, padding=0):
    """Every position sees one token ahead.

    Input t + 1 is the label of position t, so your model can copy its answer. On which diagonal should the mask end?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs, 1) & _seen(inputs, padding)


def sees_the_future(target, padding=0):
    """The causal mask is transposed.

    Rows are the positions that look, columns the positions that are looked at. Which single entry of the first row
    should be True?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs).T & _seen(inputs, padding)


def padding_in_sight(target, padding=0):
    """Positions may look at padding.

    Rows in a batch have different lengths, and padding only fills them up. Which columns of the mask must be False for
    it, row by row of the batch?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs) & torch.ones_like(_seen(inputs, padding))


def no_batch_axis(target, padding=0):
    """The mask is the same for all rows of the batch.

    A causal mask alone has the shape (t-1, t-1). Padding differs from row to row. Which axis is missing?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs)


def future_in_sight(target, padding=0):
    """Every position may look at later inputs.

    The label of each position is also the next input. What does the model learn if it can look there?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _seen(inputs, padding).expand(-1, inputs.shape[1], -1)


def either_allows(target, padding=0):
    """One of the two masks is enough.

    You combine the masks with "or". May a position look at an input that is later than itself and no padding?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs) | _seen(inputs, padding)


def labels_not_shifted(target, padding=0):
    """The labels are the inputs.

    The model is asked for the token that it has just received, which it can copy without learning anything. What should
    it predict after the first token?
    """
    inputs = target[:, :-1]
    return inputs, inputs.clone(), _causal(inputs) & _seen(inputs, padding)


def shifted_backwards(target, padding=0):
    """Inputs and labels have changed places.

    Your model receives a token and must predict the one before it. In which order does it write?
    """
    inputs = target[:, 1:]
    return inputs, target[:, :-1], _causal(inputs) & _seen(inputs, padding)


def padding_labels_replaced(target, padding=0):
    """Labels that are padding are replaced by -100.

    That is a convention of some libraries. Here the loss ignores padding by its own number: the labels are the next
    tokens, as they stand in the target.
    """
    inputs, labels = target[:, :-1], target[:, 1:]
    return inputs, labels.masked_fill(labels == padding, -100), _causal(inputs) & _seen(inputs, padding)


def mask_inverted(target, padding=0):
    """The mask is inverted.

    In this course True means "may look". In your mask, may the first position look at itself?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], ~(_causal(inputs) & _seen(inputs, padding))


def padding_does_not_look(target, padding=0):
    """Rows of the mask are switched off for padding.

    A row says where one position may look, and what padding reads does not matter. The mask must keep the other
    positions from looking at padding. Is that a matter of rows or of columns?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs) & _seen(inputs, padding).mT


def padding_of_the_labels(target, padding=0):
    """The mask looks for padding in the labels.

    The decoder receives the inputs, and the mask says which of them it may look at. Where must you look for padding?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs) & _seen(target[:, 1:], padding)


def padding_is_zero(target, padding=0):
    """Padding is taken to be token 0.

    It often is, and so `padding` has this default. What if the caller passes padding=3?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs) & _seen(inputs, 0)


def mask_for_the_whole(target, padding=0):
    """The mask is one position too large.

    The decoder receives one token less than the target has. How many inputs does the mask describe?
    """
    return target[:, :-1], target[:, 1:], _causal(target) & _seen(target, padding)
