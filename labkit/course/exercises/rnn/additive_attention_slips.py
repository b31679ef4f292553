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

    Without it the score is a term of the query plus a term of the key. The query's term is the same for all keys, so
    the softmax removes it, and all your queries look at the same position.
    """
    return _read(_sums(query, keys, query_weight, key_weight) @ score_weight, keys, mask)


def product_of_the_two(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The mapped query and the mapped key are multiplied.

    This attention is called additive. Which operation stands between the two products in the equation?
    """
    product = F.linear(query, query_weight)[:, :, None] * F.linear(keys, key_weight)[:, None]
    return _read(product.tanh() @ score_weight, keys, mask)


def squashed_apart(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The tanh is applied to the query's term and to the key's term separately.

    Then the score is again a term of the query plus a term of the key, and the softmax removes the query's. Which terms
    stand inside the parentheses of the tanh?
    """
    both = F.linear(query, query_weight).tanh()[:, :, None] + F.linear(keys, key_weight).tanh()[:, None]
    return _read(both @ score_weight, keys, mask)


def score_weights_missing(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The score is the sum of the hidden layer, without the score weights.

    Your hidden units all count the same. Which vector of the equation says how much each of them counts?
    """
    return _read(_sums(query, keys, query_weight, key_weight).tanh().sum(dim=-1), keys, mask)


def scaled(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The scores are divided by the square root of the width.

    That belongs to dot-product attention (Hour 7). Does the equation of additive attention contain a scale?
    """
    return _read(_scores(query, keys, query_weight, key_weight, score_weight) / math.sqrt(query.shape[-1]), keys, mask)


def reads_the_mapped_keys(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The mean is taken over the mapped keys.

    The weights are right. The mapped keys are used to compare. Of which vectors is the result the weighted mean?
    """
    weights = additive_attention(query, keys, query_weight, key_weight, score_weight, mask)[1]
    return weights @ F.linear(keys, key_weight), weights


def softmax_over_queries(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The softmax runs over the queries.

    Each query distributes a weight of 1 over the keys. Sum one row of your weights, then one column: which sum should
    be 1?
    """
    scores = _scores(query, keys, query_weight, key_weight, score_weight)
    weights = (scores if mask is None else scores.masked_fill(~mask, -math.inf)).softmax(dim=1)
    return weights @ keys, weights


def mask_ignored(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The mask has no effect.

    Your queries read padding, so a short sentence gets another result when its batch contains a longer one. At which
    step can you exclude the padded keys?
    """
    return additive_attention(query, keys, query_weight, key_weight, score_weight)


def mask_inverted(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The mask is inverted.

    In this course True means: may look. Which positions does your code exclude?
    """
    return additive_attention(query, keys, query_weight, key_weight, score_weight, None if mask is None else ~mask)


def inverted_and_nan(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The mask is inverted, and a query that may look nowhere gets NaN.

    In this course True means: may look. Which positions does your code exclude? Rows without padding then have no key
    left, and their softmax divides 0 by 0.
    """
    return _read(
        _scores(query, keys, query_weight, key_weight, score_weight),
        keys,
        None if mask is None else ~mask,
        nothing=None,
    )


def mask_after_softmax(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The mask is applied after the softmax.

    The masked keys get a weight of 0, but the softmax has already given them a share. Do the weights of a masked row
    still sum to 1? At which step must you exclude a key so that the others get its share?
    """
    weights = _scores(query, keys, query_weight, key_weight, score_weight).softmax(dim=-1)
    weights = weights if mask is None else weights * mask
    return weights @ keys, weights


def hidden_scores_are_zero(query, keys, query_weight, key_weight, score_weight, mask=None):
    """Masked scores are set to zero.

    A score of 0 still gets weight, since e to the power of 0 is 1. Which score gives a weight of exactly 0?
    """
    scores = _scores(query, keys, query_weight, key_weight, score_weight)
    return _read(scores, keys, mask, hidden=0.0, nothing=None)


def hidden_keys_are_zero(query, keys, query_weight, key_weight, score_weight, mask=None):
    """Masked keys are set to zero, and still get weight.

    A key of zeros has a score like any other. It adds nothing to the mean, but the softmax gives it a share. Exclude it
    before the softmax, in the scores.
    """
    shown = keys if mask is None else keys * mask.any(dim=1)[:, :, None]
    return additive_attention(query, shown, query_weight, key_weight, score_weight)


def nan_where_nothing_is_seen(query, keys, query_weight, key_weight, score_weight, mask=None):
    """A query that may look nowhere gets NaN.

    When all scores of a row are minus infinity, the softmax divides 0 by 0. What should such a query read, and after
    which step can you set it?
    """
    return _read(_scores(query, keys, query_weight, key_weight, score_weight), keys, mask, nothing=None)


def mean_where_nothing_is_seen(query, keys, query_weight, key_weight, score_weight, mask=None):
    """A query that may look nowhere reads the mean of everything.

    A very negative number is not minus infinity: where all scores are equally low, the softmax gives equal weights.
    What should a query read that may look nowhere?
    """
    scores = _scores(query, keys, query_weight, key_weight, score_weight)
    return _read(scores, keys, mask, hidden=-1e9, nothing=None)


def weights_forgotten(query, keys, query_weight, key_weight, score_weight, mask=None):
    """Only the mean is returned, without the weights.

    What is read is there, but the lecture also draws the weights. What does the docstring say is returned?
    """
    return additive_attention(query, keys, query_weight, key_weight, score_weight, mask)[0]


def results_swapped(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The two results are exchanged.

    The docstring asks for the context first and the weights second.
    """
    return additive_attention(query, keys, query_weight, key_weight, score_weight, mask)[::-1]


def scores_returned(query, keys, query_weight, key_weight, score_weight, mask=None):
    """The scores are returned in place of the weights.

    The context is right. The second result should sum to 1 in each row: which function turns scores into weights?
    """
    read = additive_attention(query, keys, query_weight, key_weight, score_weight, mask)[0]
    scores = _scores(query, keys, query_weight, key_weight, score_weight)
    return read, scores if mask is None else scores.masked_fill(~mask, -math.inf)
