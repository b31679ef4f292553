"""What goes wrong in appending the class: each function is wrong in one thing, which its docstring names."""

import torch
import torch.nn.functional as F


def _maps(rows, x):
    return rows.reshape(*rows.shape, *[1] * (x.ndim - 2)).expand(-1, -1, *x.shape[2:])


def class_in_front(x, classes, table):
    """The class comes before the channels.

    A network could be trained this way as well. Here the sample's own channels come first, and the class after
    them.
    """
    return torch.cat([_maps(table[classes], x), x], dim=1)


def first_class_for_all(x, classes, table):
    """Every sample gets the class of the first.

    `classes` has one entry for each sample. What comes back if you index the table with the whole tensor of
    classes?
    """
    return torch.cat([x, _maps(table[classes[:1]].expand(len(x), -1), x)], dim=1)


def rows_in_order(x, classes, table):
    """Sample 0 gets class 0, sample 1 gets class 1, and so on.

    The rows of the table belong to classes, not to positions in the batch. Which row belongs to a sample?
    """
    return torch.cat([x, _maps(table[torch.arange(len(x), device=x.device) % len(table)], x)], dim=1)


def one_hot(x, classes, table):
    """The class is appended as a one-hot vector, without the table.

    The first paper did this, followed by a linear layer. Here the table is that layer: a one-hot vector times the
    table is one of its rows. Which one?
    """
    return torch.cat([x, _maps(F.one_hot(classes, len(table)).to(x.dtype), x)], dim=1)


def number_of_the_class(x, classes, table):
    """The class is appended as its number.

    Then 9 would be three times 3, and 4 would lie halfway between 3 and 5. Classes have no order, so each has a
    vector of its own.
    """
    return torch.cat([x, _maps(classes[:, None].to(x.dtype), x)], dim=1)


def numbers_run_over_the_map(x, classes, table):
    """The numbers of the class run over the pixels.

    Each map should hold one number at all positions. Yours are filled in memory order and hold several. First
    give the rows axes of length 1 for height and width, then expand them.
    """
    rows = table[classes]
    places = x.shape[2:].numel()
    return torch.cat([x, rows.repeat(1, places).reshape(*rows.shape, *x.shape[2:])], dim=1)


def in_one_corner(x, classes, table):
    """The class stands at one position of the map only.

    A convolution sees a few pixels at a time, so it would not know the class anywhere else.
    """
    maps = torch.zeros_like(_maps(table[classes], x))
    corner = (slice(None), slice(None), *[0] * (x.ndim - 2))
    maps[corner] = table[classes]
    return torch.cat([x, maps], dim=1)


def joined_at_the_last_axis(x, classes, table):
    """The class is appended along the last axis.

    For vectors that is the axis of the features. In an image it is the width, so your pictures grow to the right.
    Which axis holds the channels, whatever follows?
    """
    return torch.cat([x, _maps(table[classes], x)], dim=-1)


def added_to_the_channels(x, classes, table):
    """The class is added to the channels.

    This changes the picture. The class belongs beside it, in channels of its own.
    """
    return x + _maps(table[classes], x).mean(dim=1, keepdim=True)


def table_cannot_learn(x, classes, table):
    """No gradient reaches the table.

    The values are right. The vectors of the classes are learned like all other weights: look for a `detach`, a
    `.data`, or a detour through NumPy.
    """
    return torch.cat([x, _maps(table.detach()[classes], x)], dim=1)


def images_only(x, classes, table):
    """It works for images only.

    Two axes are added to the rows in any case. A vector has no height and width: add as many axes as `x` has after its
    channels, `x.ndim - 2`.
    """
    return torch.cat([x, table[classes][:, :, None, None].expand(-1, -1, *x.shape[2:])], dim=1)


def vectors_only(x, classes, table):
    """It works for vectors only.

    For an image the row has to become maps of the image's height and width before the two can be concatenated.
    """
    return torch.cat([x, table[classes]], dim=1)
