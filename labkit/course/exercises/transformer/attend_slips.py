"""What goes wrong in scaled dot-product attention: each function is wrong in one thing, which its docstring names."""

import math

from labkit.nn.attention import attend


def _scores(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])


def _read(scores, value, mask, hidden=-math.inf, nothing=0.0):
    """The rest, done right unless told otherwise."""
    if mask is None:
        weights = scores.softmax(dim=-1)
    else:
        weights = scores.masked_fill(~mask, hidden).softmax(dim=-1)
        weights = weights if nothing is None else weights.masked_fill(~mask, nothing)
    return weights @ value, weights


def no_scale(query, key, value, mask=None):
    """The scores are not scaled.

    A dot product of k random numbers grows with k. What happens to a softmax, and to its gradient, when its inputs are
    large? Compare your scores with the equation once more.
    """
    return _read(query @ key.transpose(-2, -1), value, mask)


def scaled_by_k(query, key, value, mask=None):
    """The scores are divided by k.

    You scale, but by too much. A score is a sum of k products: if each has a variance of 1, what is the standard
    deviation of the sum?
    """
    return _read(query @ key.transpose(-2, -1) / query.shape[-1], value, mask)


def scaled_up(query, key, value, mask=None):
    """The scores are multiplied by the scale.

    The scale is there to keep scores small. Which way does yours push them?
    """
    return _read(_scores(query, key) * query.shape[-1], value, mask)


def softmax_over_queries(query, key, value, mask=None):
    """The softmax runs over the queries.

    Whose attention is shared out? Add up one row of your weights, then one column: which of them should make 1?
    """
    scores = _scores(query, key)
    scores = scores if mask is None else scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(dim=-2)
    return weights @ value, weights


def mask_inverted(query, key, value, mask=None):
    """The mask is read the other way round.

    In this course True means: may look. (torch.nn.MultiheadAttention has it the other way round, so this slip is
    common.) Which positions does your code silence?
    """
    return attend(query, key, value, None if mask is None else ~mask)


def mask_after_softmax(query, key, value, mask=None):
    """The mask is applied after the softmax.

    The hidden keys get nothing, but they have already taken their share: do the weights of a masked row still add up
    to 1? How could they be out of the race before the shares are given?
    """
    weights = _scores(query, key).softmax(dim=-1)
    weights = weights if mask is None else weights * mask
    return weights @ value, weights


def hidden_scores_are_zero(query, key, value, mask=None):
    """Hidden scores are set to zero.

    A score of 0 is not silence: what is e to the power of 0? Which score becomes a weight of exactly nothing?
    """
    return _read(_scores(query, key), value, mask, hidden=0.0, nothing=None)


def mask_ignored(query, key, value, mask=None):
    """The mask has no effect.

    With a mask, your result is the same as without. At which step should a query learn where it may not look?
    """
    return attend(query, key, value)


def nan_where_nothing_is_seen(query, key, value, mask=None):
    """A query that may look nowhere gets NaN.

    When all scores of a row are minus infinity, the softmax divides 0 by 0. Such rows happen, in sentences that are all
    padding: what should they read, and after which step can you put that right?
    """
    return _read(_scores(query, key), value, mask, nothing=None)


def mean_where_nothing_is_seen(query, key, value, mask=None):
    """A query that may look nowhere reads everything.

    A very negative number is not minus infinity: where all scores are equally low, the softmax shares equally. What
    should a query that may look nowhere read?
    """
    return _read(_scores(query, key), value, mask, hidden=-1e9, nothing=None)


def softmax_by_hand(query, key, value, mask=None):
    """The softmax overflows.

    The exponential of 100 does not fit into a float32. Taking the same number off all scores of a row leaves the
    softmax as it is: is there a function that already does so?
    """
    powers = _scores(query, key).exp()
    powers = powers if mask is None else powers * mask
    total = powers.sum(dim=-1, keepdim=True)
    weights = powers / total.masked_fill(total == 0, 1.0)
    return weights @ value, weights


def weights_forgotten(query, key, value, mask=None):
    """Only what was read is returned.

    What is read is on its way. The lecture also wants to see the weights: what does the docstring say is returned?
    """
    return attend(query, key, value, mask)[0]


def query_changed(query, key, value, mask=None):
    """The query itself is changed.

    The result is right, but the caller's query is not what it was. Operators such as `/=` write into the tensor that
    they are given.
    """
    query /= math.sqrt(query.shape[-1])
    return _read(query @ key.transpose(-2, -1), value, mask)


def mask_added(query, key, value, mask=None):
    """The mask is added to the scores as it is.

    True counts as 1 and False as 0, so a forbidden score is only one smaller than it would be. Which number must be
    added to a score so that its exponential is 0?
    """
    scores = _scores(query, key)
    weights = (scores if mask is None else scores + mask).softmax(dim=-1)
    return weights @ value, weights


def scaled_by_number_of_keys(query, key, value, mask=None):
    """The scores are divided by the root of the number of keys.

    k is the length of one query or key, not how many there are. Which axis of `query` has that length?
    """
    return _read(query @ key.transpose(-2, -1) / math.sqrt(key.shape[-2]), value, mask)


def scaled_after_the_softmax(query, key, value, mask=None):
    """The weights are scaled, not the scores.

    After the softmax the weights of a row sum to 1, and your division changes that. Where does the root stand in the
    formula: inside the softmax, or behind it?
    """
    weights = _read(query @ key.transpose(-2, -1), value, mask)[1] / math.sqrt(query.shape[-1])
    return weights @ value, weights
