"""Wrong answers to the mean of the neighbors: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.graphs.scatter import mean_of_neighbors, scatter_mean, scatter_sum


def ends_swapped(x, edges):
    """Senders and receivers are swapped.

    Row 0 of `edges` holds the senders and row 1 the receivers. With which row do you gather the messages, and with
    which row do you add them up? Undirected graphs do not show the difference.
    """
    return mean_of_neighbors(x, edges.flip(0))


def reads_itself(x, edges):
    """Each node averages its own vector.

    A message is the vector of the node that sends. You gather with the receivers, so each message is the vector that
    the receiver has already.
    """
    return scatter_mean(x[edges[1]], edges[1], len(x))


def a_sum(x, edges):
    """The result is the sum, not the mean.

    A node with ten neighbors gets a vector ten times as long as a node with one. How many messages did each node
    receive?
    """
    return scatter_sum(x[edges[0]], edges[1], len(x))


def divided_by_all(x, edges):
    """The sums are divided by the number of all nodes.

    Each node has a count of its own: the number of edges that lead into it. Which function counts how often each
    number occurs in a tensor?
    """
    return scatter_sum(x[edges[0]], edges[1], len(x)) / len(x)


def counted_at_the_senders(x, edges):
    """The messages are counted at the senders.

    You divide by how many messages a node has sent. The mean of a node needs the number that it has received.
    """
    count = torch.bincount(edges[0], minlength=len(x)).clamp(min=1)[:, None]
    return scatter_sum(x[edges[0]], edges[1], len(x)) / count


def one_too_many(x, edges):
    """Each sum is divided by one too many.

    Adding 1 to every count avoids 0 / 0, but it also makes every other mean too small. Only counts of 0 should change.
    """
    count = torch.bincount(edges[1], minlength=len(x))[:, None] + 1
    return scatter_sum(x[edges[0]], edges[1], len(x)) / count


def own_vector_included(x, edges):
    """The node's own vector is part of the mean.

    That is what a graph convolution does, with a loop at each node. Here only the neighbors count.
    """
    own = torch.arange(len(x), device=x.device).expand(2, -1)
    return mean_of_neighbors(x, torch.cat([edges, own], dim=1))


def nan_without_neighbors(x, edges):
    """A node without neighbors gets NaN.

    Its sum is 0 and its count is 0, and 0 / 0 is not a number. Which smallest count leaves all other means as they
    are?
    """
    count = torch.bincount(edges[1], minlength=len(x))[:, None]
    return scatter_sum(x[edges[0]], edges[1], len(x)) / count


def own_vector_without_neighbors(x, edges):
    """A node without neighbors keeps its own vector.

    The docstring asks for zeros there: nothing was received. A layer adds the node's own vector in a later step.
    """
    count = torch.bincount(edges[1], minlength=len(x))[:, None]
    return torch.where(count == 0, x, mean_of_neighbors(x, edges))


def last_message_wins(x, edges):
    """Messages to one node overwrite each other.

    `out[edges[1]] = x[edges[0]]` writes one message after the other into the same row, and the last one stays.
    `out[edges[1]] += ...` has the same fault. Which method adds rows that go to the same place?
    """
    last = torch.full((len(x),), -1).scatter_reduce(0, edges[1], torch.arange(edges.shape[1]), "amax")
    if not edges.shape[1]:
        return torch.zeros_like(x)
    return torch.where((last >= 0)[:, None], x[edges[0]][last.clamp(min=0)], 0.0)


def last_message_divided(x, edges):
    """Messages to one node overwrite each other, and the last one is divided.

    `out[edges[1]] += x[edges[0]]` does not add up: where a receiver occurs several times, only one of its messages
    counts. Which method adds all rows that go to the same place?
    """
    count = torch.bincount(edges[1], minlength=len(x)).clamp(min=1)[:, None]
    return last_message_wins(x, edges) / count
