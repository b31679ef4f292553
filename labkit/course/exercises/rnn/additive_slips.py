"""What goes wrong in additive attention: each function is wrong in one thing, which its docstring names."""

import math

import torch.nn.functional as F

from labkit.rnn.recurrent_attention import additive_attention


def _sums(query, keys, query_weight, key_weight):
    """What stands inside the tanh, for every query and key: b t s a."""
    return F.linear(query, query_weight)[:, :, None] + F.linear(keys, key_weight)[:, None]


def _scores(query, keys, query_weight, key_weight, score_weight):
    return _sums(query, keys, query_weight, key_weight).tanh() @ score_weight


def _read(scores, keys, mask, hidden=-math.inf, nothing=0.0):
    """The rest, done right unless told otherwise."""
    if mask is not None:
        scores = scores.masked_fill(~mask, hidden)
    weights = scores.softmax(dim=-1)
    if mask is not None and nothing is not None:
        weights = weights.masked_fill(~mask, nothing)
    return weights @ keys, weights


def no_tanh(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The tanh is missing.

    Without it the score is a sum of two parts, one of the query and one of the key. The query's part is the same for
    all keys, so the softmax takes it away: all your queries look at the same place.
    """
    return _read(_sums(query, keys, query_weight, key_weight) @ score_weight, keys, mask)


def product_of_the_two(query, keys, query_weight, key_weight, score_weight, mask=None):
    """Query and key are multiplied.

    This attention is called additive. What is between the two maps in the equation?
    """
    product = F.linear(query, query_weight)[:, :, None] * F.linear(keys, key_weight)[:, None]
    return _read(product.tanh() @ score_weight, keys, mask)


def squashed_apart(query, keys, query_weight, key_weight, score_weight, mask=None):
    """Query and key go through a tanh each for itself.

    Then the score falls into two parts again, one of the query and one of the key, and the softmax takes the query's
    away. How far does the bracket of the tanh reach?
    """
    both = F.linear(query, query_weight).tanh()[:, :, None] + F.linear(keys, key_weight).tanh()[:, None]
    return _read(both @ score_weight, keys, mask)


def reads_the_mapped_keys(query, keys, query_weight, key_weight, score_weight, mask=None):
    """What is read is the mapped keys.

    The weights are right. The map U is there to compare; what is handed over is the mean of what?
    """
    weights = additive_attention(query, keys, query_weight, key_weight, score_weight, mask)[1]
    return weights @ F.linear(keys, key_weight), weights


def softmax_over_queries(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The softmax runs over the queries.

    Whose attention is shared out? Add up one row of your weights, then one column: which of them should make 1?
    """
    scores = _scores(query, keys, query_weight, key_weight, score_weight)
    weights = (scores if mask is None else scores.masked_fill(~mask, -math.inf)).softmax(dim=1)
    return weights @ keys, weights


def mask_ignored(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The mask has no effect.

    Your queries read padding, which means nothing, and short sentences get worse the longer their neighbors in the
    batch are. At which step should a query learn where it may not look?
    """
    return additive_attention(query, keys, query_weight, key_weight, score_weight)


def mask_inverted(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The mask is read the other way round.

    In this course True means: may look. Which positions does your code silence?
    """
    return additive_attention(query, keys, query_weight, key_weight, score_weight, None if mask is None else ~mask)


def mask_after_softmax(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The mask is applied after the softmax.

    The hidden keys get nothing, but they have already taken their share: do the weights of a masked row still add up to
    1? How could they be out of the race before the shares are given?
    """
    weights = _scores(query, keys, query_weight, key_weight, score_weight).softmax(dim=-1)
    weights = weights if mask is None else weights * mask
    return weights @ keys, weights


def hidden_scores_are_zero(query, keys, query_weight, key_weight, score_weight, mask=None):
    """Hidden scores are set to zero.

    A score of 0 is not silence: what is e to the power of 0? Which score becomes a weight of exactly nothing?
    """
    scores = _scores(query, keys, query_weight, key_weight, score_weight)
    return _read(scores, keys, mask, hidden=0.0, nothing=None)


def hidden_keys_are_zero(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The hidden keys are set to zero, and are still looked at.

    A key of zeros has a score like any other. It adds nothing to the sum, but it takes its share of the weight. Hide it
    where the shares are made.
    """
    shown = keys if mask is None else keys * mask.any(dim=1)[:, :, None]
    return additive_attention(query, shown, query_weight, key_weight, score_weight)


def nan_where_nothing_is_seen(query, keys, query_weight, key_weight, score_weight, mask=None):
    """A query that may look nowhere gets NaN.

    When all scores of a row are minus infinity, the softmax divides 0 by 0. What should a query read that may look
    nowhere, and after which step can you put that right?
    """
    return _read(_scores(query, keys, query_weight, key_weight, score_weight), keys, mask, nothing=None)


def mean_where_nothing_is_seen(query, keys, query_weight, key_weight, score_weight, mask=None):
    """A query that may look nowhere reads everything.

    A very negative number is not minus infinity: where all scores are equally low, the softmax shares equally. What
    should a query that may look nowhere read?
    """
    scores = _scores(query, keys, query_weight, key_weight, score_weight)
    return _read(scores, keys, mask, hidden=-1e9, nothing=None)


def weights_forgotten(query, keys, query_weight, key_weight, score_weight, mask=None):
    """Only what was read is returned.

    What is read is on its way. But the alignment is what we want to look at: what does the docstring say is returned?
    """
    return additive_attention(query, keys, query_weight, key_weight, score_weight, mask)[0]


SLIPS = (
    no_tanh,
    product_of_the_two,
    squashed_apart,
    reads_the_mapped_keys,
    softmax_over_queries,
    mask_ignored,
    mask_inverted,
    mask_after_softmax,
    hidden_scores_are_zero,
    hidden_keys_are_zero,
    nan_where_nothing_is_seen,
    mean_where_nothing_is_seen,
    weights_forgotten,
)
