"""What goes wrong with several heads: each function is wrong in one thing, which its docstring names."""

import math

from einops import rearrange

from labkit.nn.attention import attend, merge_heads, split_heads


def _heads(query, key, value, heads, mask, split=split_heads, merge=merge_heads):
    return merge(attend(split(query, heads), split(key, heads), split(value, heads), mask)[0])


def _split_by_reshape(x, heads):
    return x.reshape(x.shape[0], heads, x.shape[1], x.shape[2] // heads)


def _merge_by_reshape(x):
    return x.reshape(x.shape[0], x.shape[2], x.shape[1] * x.shape[3])


def _merge_interleaved(x):
    return rearrange(x, "b h t k -> b t (k h)")


def reshape_both_ways(query, key, value, heads, mask=None):
    """Heads are split and merged by a reshape alone.

    A reshape reads the numbers in memory order, so your heads hold pieces of different tokens. Take 2 tokens with 4
    numbers each and 2 heads: write down which numbers of each token the first head should get.
    """
    return _heads(query, key, value, heads, mask, _split_by_reshape, _merge_by_reshape)


def reshape_at_the_split(query, key, value, heads, mask=None):
    """Heads are split by a reshape alone.

    A reshape reads the numbers in memory order, so your heads hold pieces of different tokens. First cut only the last
    axis in two. Which two axes change places after that?
    """
    return _heads(query, key, value, heads, mask, _split_by_reshape)


def reshape_at_the_merge(query, key, value, heads, mask=None):
    """Heads are merged by a reshape alone.

    The split is right. Before the merge, the heads stand in front of the positions. Which two axes must change places
    before the last two can become one?
    """
    return _heads(query, key, value, heads, mask, merge=_merge_by_reshape)


def heads_take_every_nth(query, key, value, heads, mask=None):
    """Each head takes every h-th dimension instead of a slice.

    That is possible, but the paper and every library give head 0 the first width/heads dimensions. In a pattern such
    as (a b), which letter changes slowly and which fast?
    """
    return _heads(
        query, key, value, heads, mask, lambda x, h: rearrange(x, "b t (k h) -> b h t k", h=h), _merge_interleaved
    )


def merge_interleaved(query, key, value, heads, mask=None):
    """The merge interleaves the heads.

    Merging what you have just split must return what you started from. Try it without attention in between.
    """
    return _heads(query, key, value, heads, mask, merge=_merge_interleaved)


def heads_added(query, key, value, heads, mask=None):
    """The results of the heads are added, not placed side by side.

    Each head returns width/heads numbers for each query. How many numbers should come back in all?
    """
    return attend(split_heads(query, heads), split_heads(key, heads), split_heads(value, heads), mask)[0].sum(dim=1)


def heads_not_merged(query, key, value, heads, mask=None):
    """The heads still have an axis of their own.

    The result should have the shape of the query, (b, t, d). Which two axes have to become one?
    """
    return attend(split_heads(query, heads), split_heads(key, heads), split_heads(value, heads), mask)[0]


def scaled_by_full_width(query, key, value, heads, mask=None):
    """The scores are scaled by the full width.

    Over how many numbers does a dot product run within one head? The root of that number is the divisor.
    """
    return _heads(query / math.sqrt(heads), key, value, heads, mask)


def scaled_twice(query, key, value, heads, mask=None):
    """The scores are scaled twice.

    `attend` already divides by the root of k. What is left to do before you call it?
    """
    return _heads(query / math.sqrt(query.shape[-1] / heads), key, value, heads, mask)


def one_head(query, key, value, heads, mask=None):
    """There is one head, whatever `heads` says.

    With one head your result is right; with more it does not change. Where in your code does `heads` change a shape?
    """
    return _heads(query, key, value, 1, mask)


def mask_forgotten(query, key, value, heads, mask=None):
    """The mask has no effect.

    Without a mask your result is right. Which function needs the mask?
    """
    return _heads(query, key, value, heads, None)


def mask_inverted(query, key, value, heads, mask=None):
    """The mask is inverted.

    True means "may look", here and in `attend`. Does the mask need any change on its way?
    """
    return _heads(query, key, value, heads, None if mask is None else ~mask)


def weights_returned_too(query, key, value, heads, mask=None):
    """The weights are returned as well.

    `attend` returns two results. Which of them does the docstring ask for here?
    """
    read, weights = attend(split_heads(query, heads), split_heads(key, heads), split_heads(value, heads), mask)
    return merge_heads(read), weights
