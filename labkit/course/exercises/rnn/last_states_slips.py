"""What goes wrong with the last states of two directions: each function is wrong in one thing."""

import torch

from labkit.rnn.recurrence import last_states


def _halves(outputs):
    return outputs.chunk(2, dim=-1)


def _at(part, steps):
    return part[torch.arange(len(part)), steps]


def last_column(outputs, lengths):
    """Both directions are read at the last step of the matrix.

    That is the published line. At that step the backward direction has read one word only, and in a short row both
    halves belong to padding.
    """
    return outputs[:, -1]


def last_true_step_of_both(outputs, lengths):
    """Both directions are read at the last true step.

    The padding is dealt with, and the forward half is right. But where does the backward direction start? At the last
    true step it has read a single word.
    """
    return _at(outputs, lengths - 1)


def padding_ignored(outputs, lengths):
    """The forward direction is read at the last step of the matrix.

    The backward half is right, and so are rows without padding. In a short row the last step of the matrix is padding.
    Which number says where the row ends?
    """
    forward, backward = _halves(outputs)
    return torch.cat([forward[:, -1], backward[:, 0]], dim=-1)


def halves_exchanged(outputs, lengths):
    """The two directions are exchanged.

    You read the forward direction at step 0 and the backward direction at the end, so each has read a single word. The
    first half of the last axis is the forward direction.
    """
    forward, backward = _halves(outputs)
    return torch.cat([forward[:, 0], _at(backward, lengths - 1)], dim=-1)


def joined_the_other_way(outputs, lengths):
    """The backward half stands in front.

    Both halves are right. In which order does the docstring ask for them?
    """
    forward, backward = _halves(last_states(outputs, lengths))
    return torch.cat([backward, forward], dim=-1)


def first_step_of_both(outputs, lengths):
    """Both directions are read at step 0.

    The backward half is right. At step 0 the forward direction has read one word only.
    """
    return outputs[:, 0]


def one_step_early(outputs, lengths):
    """The forward direction is read one step too early.

    A row of length 5 has the steps 0 to 4. What do you subtract from its length?
    """
    forward, backward = _halves(outputs)
    return torch.cat([_at(forward, (lengths - 2).clamp(min=0)), backward[:, 0]], dim=-1)


def shortest_row(outputs, lengths):
    """The length of one row is used for all rows.

    Each row ends at a step of its own. Which indexing takes another step from every row?
    """
    forward, backward = _halves(outputs)
    return torch.cat([forward[:, int(lengths[0]) - 1], backward[:, 0]], dim=-1)


def mean_of_steps(outputs, lengths):
    """The mean over the steps is returned.

    Mean pooling is a fair choice for a classifier. This function should return what each direction ended with: one step
    of each.
    """
    return outputs.mean(dim=1)


def interleaved_halves(outputs, lengths):
    """The directions are taken to alternate along the last axis.

    torch and labkit store all units of the forward direction first, then all units of the backward direction. How do
    you cut the last axis in the middle?
    """
    return torch.cat([_at(outputs[..., ::2], lengths - 1), outputs[:, 0, 1::2]], dim=-1)


def states_detached(outputs, lengths):
    """No gradient reaches the network.

    The values are right, but training with them changes nothing below. Which operation of yours cuts the gradient?
    """
    return last_states(outputs, lengths).detach()
