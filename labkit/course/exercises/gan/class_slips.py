"""What goes wrong in telling a player the class."""

import torch
import torch.nn.functional as F


def _maps(rows, x):
    return rows.reshape(*rows.shape, *[1] * (x.ndim - 2)).expand(-1, -1, *x.shape[2:])


def class_in_front(x, classes, table):
    """The class comes before the channels.

    A network could be trained this way as well. Here the samples' own channels come first, and the class after them.
    """
    return torch.cat([_maps(table[classes], x), x], dim=1)


def first_class_for_all(x, classes, table):
    """Every sample is told the class of the first.

    `classes` has one entry for each sample. A tensor of whole numbers can be used as an index: what comes back then?
    """
    return torch.cat([x, _maps(table[classes[:1]].expand(len(x), -1), x)], dim=1)


def rows_in_order(x, classes, table):
    """Sample 0 is told class 0, sample 1 is told class 1, and so on.

    The rows of the table belong to classes, not to places in the batch. Which row belongs to a sample?
    """
    return torch.cat([x, _maps(table[torch.arange(len(x), device=x.device) % len(table)], x)], dim=1)


def one_hot(x, classes, table):
    """The class is told as one-hot numbers, without the table.

    This was done in the first paper, before a linear layer. Here the table is that layer: a one-hot vector times the
    table is one of its rows. Which?
    """
    return torch.cat([x, _maps(F.one_hot(classes, len(table)).to(x.dtype), x)], dim=1)


def number_of_the_class(x, classes, table):
    """The class is told as its number.

    Then 9 is three times 3, and 4 lies halfway between 3 and 5. Classes have no order: that is why each has a vector.
    """
    return torch.cat([x, _maps(classes[:, None].to(x.dtype), x)], dim=1)


def numbers_run_over_the_map(x, classes, table):
    """The numbers of the class run over the pixels.

    Each map should hold one and the same number at all its places; yours are filled in memory order, and hold several.
    Give the row axes of length 1 for height and width first, and let them grow then.
    """
    rows = table[classes]
    places = x.shape[2:].numel()
    return torch.cat([x, rows.repeat(1, places).reshape(*rows.shape, *x.shape[2:])], dim=1)


def in_one_corner(x, classes, table):
    """The class stands at one place of the map only.

    A convolution looks at a few pixels at a time. How is it to know the class everywhere else?
    """
    maps = torch.zeros_like(_maps(table[classes], x))
    corner = (slice(None), slice(None), *[0] * (x.ndim - 2))
    maps[corner] = table[classes]
    return torch.cat([x, maps], dim=1)


def joined_at_the_last_axis(x, classes, table):
    """The class joins the last axis.

    For vectors that is the axis of the features. In an image it is the width: your pictures grow to the right. Which
    axis holds the channels, whatever follows?
    """
    return torch.cat([x, _maps(table[classes], x)], dim=-1)


def added_to_the_channels(x, classes, table):
    """The class is added to what is there.

    The channels hold the picture, and adding to them changes it. The class should stand beside it, in channels of its
    own.
    """
    return x + _maps(table[classes], x).mean(dim=1, keepdim=True)


def table_cannot_learn(x, classes, table):
    """No gradient reaches the table.

    The values are right. The vectors of the classes are learned like all else: is there a `detach`, a `.data`, or a
    detour through NumPy on the way?
    """
    return torch.cat([x, _maps(table.detach()[classes], x)], dim=1)


SLIPS = (
    class_in_front,
    first_class_for_all,
    rows_in_order,
    one_hot,
    number_of_the_class,
    numbers_run_over_the_map,
    in_one_corner,
    joined_at_the_last_axis,
    added_to_the_channels,
    table_cannot_learn,
)
