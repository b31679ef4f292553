"""Exercise: split into heads, attend, merge."""

import math
from dataclasses import replace

import torch
from einops import rearrange

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.masks import random_mask
from labkit.nn.attention import attend, merge_heads, split_heads


def _case(
    name: str, b: int, t: int, s: int, width: int, heads: int, draw: torch.Generator, mask: torch.Tensor | None = None
) -> Case:
    query, key, value = (torch.randn(b, length, width, generator=draw) for length in (t, s, s))
    args = {"query": query, "key": key, "value": value, "heads": heads, "mask": mask}
    tests = "values" if mask is None else "mask"
    return Case(name, args, tests, gradients=("query", "key", "value"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """One head and several; as many queries as keys and not; masks that broadcast; inputs that are not contiguous."""
    draw = torch.Generator().manual_seed(seed)
    strided = _case("inputs that are not contiguous", 2, 3, 3, 6, 3, draw)
    return [
        replace(_case("one head", 1, 2, 3, 2, 1, draw), tests="one head"),
        _case("two heads, one position", 1, 1, 1, 4, 2, draw),
        _case("two heads, two queries, three keys", 1, 2, 3, 4, 2, draw),
        _case("three heads, batch of two", 2, 4, 4, 6, 3, draw),
        _case("as many heads as dimensions", 1, 3, 2, 4, 4, draw),
        replace(strided, strided=("query", "key", "value")),
        _case("a mask", 1, 3, 3, 4, 2, draw, random_mask((3, 3), draw)),
        _case("a padding mask with an axis for the heads", 2, 3, 4, 6, 2, draw, random_mask((2, 1, 1, 4), draw)),
    ]


def _heads(query, key, value, heads, mask, split=split_heads, merge=merge_heads):
    return merge(attend(split(query, heads), split(key, heads), split(value, heads), mask)[0])


def _split_by_reshape(x, heads):
    return x.reshape(x.shape[0], heads, x.shape[1], x.shape[2] // heads)


def _merge_by_reshape(x):
    return x.reshape(x.shape[0], x.shape[2], x.shape[1] * x.shape[3])


def _merge_interleaved(x):
    return rearrange(x, "b h t k -> b t (k h)")


def reshape_both_ways(query, key, value, heads, mask=None):
    """Heads are cut out and laid back by a reshape alone.

    A reshape reads the numbers in memory order, so your heads hold pieces of different tokens. Take 2 tokens with 4
    numbers each and 2 heads: write down by hand which numbers the first head should see of each token.
    """
    return _heads(query, key, value, heads, mask, _split_by_reshape, _merge_by_reshape)


def reshape_at_the_split(query, key, value, heads, mask=None):
    """Heads are cut out by a reshape alone.

    A reshape reads the numbers in memory order, so your heads hold pieces of different tokens. First cut only the last
    axis in two, and then think about which axes change places.
    """
    return _heads(query, key, value, heads, mask, _split_by_reshape)


def reshape_at_the_merge(query, key, value, heads, mask=None):
    """The heads are laid back by a reshape alone.

    The split is right. On the way back your result still has the heads in front of the positions: what has to happen
    to the axes before two of them can become one?
    """
    return _heads(query, key, value, heads, mask, merge=_merge_by_reshape)


def heads_take_every_nth(query, key, value, heads, mask=None):
    """Each head takes every h-th dimension instead of a slice.

    This is a way to have heads, but not the one of the paper and of every library: there, head 0 owns the first
    width/heads dimensions. In a pattern such as (a b), which letter moves slowly, and which fast?
    """
    return _heads(
        query, key, value, heads, mask, lambda x, h: rearrange(x, "b t (k h) -> b h t k", h=h), _merge_interleaved
    )


def merge_interleaved(query, key, value, heads, mask=None):
    """The merge interleaves what the split had side by side.

    Merging what you have just split should give back exactly what you started from. Try it without attention between.
    """
    return _heads(query, key, value, heads, mask, merge=_merge_interleaved)


def scaled_by_full_width(query, key, value, heads, mask=None):
    """The scores are scaled by the full width.

    Within a head, over how many numbers does a dot product run? That number belongs under the root.
    """
    return _heads(query / math.sqrt(heads), key, value, heads, mask)


def one_head(query, key, value, heads, mask=None):
    """There is one head, whatever `heads` says.

    With one head your result is right; with more it stays the same. Where in your code does `heads` change a shape?
    """
    return _heads(query, key, value, 1, mask)


def mask_forgotten(query, key, value, heads, mask=None):
    """The mask has no effect.

    Everything is right until there is a mask. Who should be told of it?
    """
    return _heads(query, key, value, heads, None)


def mask_inverted(query, key, value, heads, mask=None):
    """The mask is turned round.

    In this course True means: may look, here and in `attend`. Does the mask need any change on its way?
    """
    return _heads(query, key, value, heads, None if mask is None else ~mask)


SLIPS = (
    reshape_both_ways,
    reshape_at_the_split,
    reshape_at_the_merge,
    heads_take_every_nth,
    merge_interleaved,
    scaled_by_full_width,
    one_head,
    mask_forgotten,
    mask_inverted,
)

EXERCISE = Exercise(
    id="transformer.multi_head",
    title="Several heads",
    hour=7,
    position=2,
    minutes=5,
    difficulty=2,
    reference="labkit.nn.attention:multi_head_attend",
    hidden=("labkit.nn.attention:split_heads", "labkit.nn.attention:merge_heads"),
    returns=("read",),
    cases=cases,
    properties=(
        Property("shape", "the result has the shape of the query", 0.5, "shape"),
        Property("one head", "one head is plain attention", 0.25),
        Property("values", "each head works on its own slice", 1.25),
        Property("mask", "the mask reaches every head", 0.5),
        Property("gradients", "right gradients for query, key and value", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Three steps: give every head an axis of its own, attend, and lay the heads side by side again. `attend` "
        "takes any number of axes in front, so it needs no loop over heads.",
        "The split goes from (b, t, d) to (b, h, t, k) with d = h times k. Head 0 owns the first k of the d "
        "dimensions. einops' `rearrange` says this in one pattern; with torch alone it takes a reshape and then a "
        "change of axes.",
        "The merge is the split read backwards. Test the pair alone: merge(split(x)) should be x.",
        "The mask broadcasts to (b, h, t, s), the shape of the weights of all heads, so it can be passed on as it is.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
