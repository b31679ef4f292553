"""What goes wrong with a cache of keys and values: each function is wrong in one thing, which its docstring names.

The first is the published bug that learners start from.
"""

import torch

from labkit.nn.attention import attend
from labkit.transformers.cached_attention import attend_cached


def _joined(key, value, past_key, past_value):
    if past_key is None:
        return key, value
    return torch.cat([past_key, key], dim=-2), torch.cat([past_value, value], dim=-2)


def _read(query, key, value, offset=0):
    """Causal attention of the last positions; `offset` 0 is right."""
    mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device)
    return attend(query, key, value, mask.tril(key.shape[-2] - query.shape[-2] + offset))[0]


def mask_from_the_top(query, key, value, past_key=None, past_value=None):
    """The causal mask begins at the first key of the cache.

    The first new position sees only one key, although it stands at the end of the text. Row 0 of the mask belongs to
    position s of the text: up to which column may it look?
    """
    key, value = _joined(key, value, past_key, past_value)
    return _read(query, key, value, query.shape[-2] - key.shape[-2]), key, value


def past_forgotten(query, key, value, past_key=None, past_value=None):
    """The new positions see only each other.

    The cache is not used at all. With what should the new keys and values be joined before the attention?
    """
    return attend_cached(query, key, value)


def read_before_joining(query, key, value, past_key=None, past_value=None):
    """The attention runs before the cache is joined.

    The cache that you return is right, but the attention has not used it. What must come first?
    """
    return _read(query, key, value), *_joined(key, value, past_key, past_value)


def past_behind(query, key, value, past_key=None, past_value=None):
    """The past comes after the new positions.

    Keys stand in the order of the text. Which were computed first?
    """
    if past_key is None:
        return attend_cached(query, key, value)
    return attend_cached(query, past_key, past_value, key, value)


def no_mask(query, key, value, past_key=None, past_value=None):
    """There is no causal mask.

    A single new token needs no mask, because everything lies before it. But if there are several, may the first look
    at the last?
    """
    key, value = _joined(key, value, past_key, past_value)
    return attend(query, key, value)[0], key, value


def mask_on_the_past_only(query, key, value, past_key=None, past_value=None):
    """A new position does not see itself.

    A position may look at everything before it and at itself. By how much is your diagonal off?
    """
    key, value = _joined(key, value, past_key, past_value)
    return _read(query, key, value, -1), key, value


def one_step_ahead(query, key, value, past_key=None, past_value=None):
    """A new position sees the one after it.

    In training that position holds the label. There are s old positions: how many keys may the first new position see,
    s, s + 1 or s + 2?
    """
    key, value = _joined(key, value, past_key, past_value)
    return _read(query, key, value, 1), key, value


def only_the_new_are_returned(query, key, value, past_key=None, past_value=None):
    """Only the new keys and values are returned.

    What you return is the past of the next call. What will be missing there?
    """
    return attend_cached(query, key, value, past_key, past_value)[0], key, value


def old_cache_returned(query, key, value, past_key=None, past_value=None):
    """The cache is returned as it came.

    The next token will not see this one. Return what you have joined.
    """
    read, keys, values = attend_cached(query, key, value, past_key, past_value)
    return (read, keys, values) if past_key is None else (read, past_key, past_value)


def keys_as_values(query, key, value, past_key=None, past_value=None):
    """The cached keys are used as values too.

    Two lines that look alike are easily copied. Which past belongs to the values?
    """
    return attend_cached(query, key, value, past_key, past_key)


def mask_inverted(query, key, value, past_key=None, past_value=None):
    """The mask is inverted.

    True means "may look", in `attn_mask` too. How many keys may the very first position see in your mask?
    """
    key, value = _joined(key, value, past_key, past_value)
    new, total = query.shape[-2], key.shape[-2]
    mask = ~torch.ones(new, total, dtype=torch.bool, device=query.device).tril(total - new)
    return attend(query, key, value, mask)[0], key, value
