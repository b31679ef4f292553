"""Exercise: attention with a cache of keys and values."""

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.nn.attention import attend
from labkit.transformers.cached_attention import attend_cached


def _case(
    name: str,
    new: tuple[int, ...],
    past: int,
    draw: torch.Generator,
    tests: str = "values",
    dtype: torch.dtype = torch.float32,
) -> Case:
    """`new` is the shape of query, key and value; `past` the number of positions in the cache, 0 for no cache."""

    def random(size: int) -> torch.Tensor:
        return torch.randn(*new[:-2], size, new[-1], generator=draw).to(dtype)

    args = {name: random(new[-2]) for name in ("query", "key", "value")}
    args |= {name: random(past) if past else None for name in ("past_key", "past_value")}
    return Case(name, args, tests, gradients=("query", "key", "value"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Without a past; one new position, and several, after a long past and a short one; heads; float64."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    return [
        _case("the first token", (1, 1, 2), 0, draw, "beginning"),
        _case("three tokens to begin with", (1, 3, 2), 0, draw, "beginning"),
        _case("two rows with three heads to begin with", (2, 3, 4, 2), 0, draw, "beginning"),
        _case("a second token", (1, 1, 2), 1, draw),
        _case("one token after three", (1, 1, 3), 3, draw),
        _case("two rows with three heads, one token after five", (2, 3, 1, 2), 5, draw),
        _case("float64", (2, 1, 4), 3, draw, dtype=precise),
        _case("two tokens after one", (1, 2, 2), 1, draw, "several"),
        _case("three tokens after two", (2, 3, 4), 2, draw, "several"),
        _case("heads, two tokens after four", (2, 2, 2, 3), 4, draw, "several"),
    ]


def _joined(key, value, past_key, past_value):
    if past_key is None:
        return key, value
    return torch.cat([past_key, key], dim=-2), torch.cat([past_value, value], dim=-2)


def _read(query, key, value, offset=0):
    """Causal attention of the last positions; `offset` 0 is right."""
    mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device)
    return attend(query, key, value, mask.tril(key.shape[-2] - query.shape[-2] + offset))[0]


def past_forgotten(query, key, value, past_key=None, past_value=None):
    """The new positions see only themselves.

    Your model has forgotten what it read. To what should the new keys and values be joined before the attention?
    """
    return attend_cached(query, key, value)


def read_before_joining(query, key, value, past_key=None, past_value=None):
    """What is joined comes too late for the attention.

    The cache that you return is right, and nobody has looked into it. What comes first: to join, or to attend?
    """
    return _read(query, key, value), *_joined(key, value, past_key, past_value)


def past_behind(query, key, value, past_key=None, past_value=None):
    """The past is put behind the new positions.

    Keys stand in the order of the text. Which came first?
    """
    if past_key is None:
        return attend_cached(query, key, value)
    return attend_cached(query, past_key, past_value, key, value)


def mask_from_the_top(query, key, value, past_key=None, past_value=None):
    """The causal mask begins at the first key of the cache.

    Your first new position sees one key, though it stands at the end of a long text. (`is_causal=True` of torch does
    the same.) Row 0 of the mask belongs to position s: up to which column may it look?
    """
    key, value = _joined(key, value, past_key, past_value)
    return _read(query, key, value, query.shape[-2] - key.shape[-2]), key, value


def no_mask(query, key, value, past_key=None, past_value=None):
    """There is no causal mask.

    For a single new token none is needed: all that there is lies before it. But of several new ones, may the first look
    at the last?
    """
    key, value = _joined(key, value, past_key, past_value)
    return attend(query, key, value)[0], key, value


def mask_on_the_past_only(query, key, value, past_key=None, past_value=None):
    """A new position does not see itself.

    It may look at all that came before, and at itself: its own key has just been computed. By how much is your diagonal
    off?
    """
    key, value = _joined(key, value, past_key, past_value)
    return _read(query, key, value, -1), key, value


def one_step_ahead(query, key, value, past_key=None, past_value=None):
    """A new position sees the one after it.

    In training that position holds the answer. Of s old and n new positions, how many may the first new one see: s, or
    s + 1, or s + 2?
    """
    key, value = _joined(key, value, past_key, past_value)
    return _read(query, key, value, 1), key, value


def only_the_new_are_returned(query, key, value, past_key=None, past_value=None):
    """Only the new keys and values are returned.

    What you return is the past of the next call. What will it have forgotten?
    """
    return attend_cached(query, key, value, past_key, past_value)[0], key, value


def old_cache_returned(query, key, value, past_key=None, past_value=None):
    """The cache is returned as it came.

    The next token will not see this one. Return what you have joined.
    """
    read, keys, values = attend_cached(query, key, value, past_key, past_value)
    return (read, keys, values) if past_key is None else (read, past_key, past_value)


def keys_as_values(query, key, value, past_key=None, past_value=None):
    """The cached keys are used as values, too.

    Two lines that look alike are easily copied: which past is joined to the values?
    """
    return attend_cached(query, key, value, past_key, past_key)


SLIPS = (
    past_forgotten,
    read_before_joining,
    past_behind,
    mask_from_the_top,
    no_mask,
    mask_on_the_past_only,
    one_step_ahead,
    only_the_new_are_returned,
    old_cache_returned,
    keys_as_values,
)

EXERCISE = Exercise(
    id="gpt.kv_cache",
    title="Attention with a cache",
    hour=8,
    position=4,
    minutes=6,
    difficulty=2,
    reference="labkit.transformers.cached_attention:attend_cached",
    returns=("read", "keys", "values"),
    cases=cases,
    properties=(
        Property("shape", "three results of the right shapes", 0.5, "shape"),
        Property("beginning", "without a past it is causal attention", 0.5),
        Property("values", "one new token sees all of the past, and itself", 1.0),
        Property("several", "of several new tokens none sees the future", 0.5),
        Property("gradients", "right gradients for query, key and value", 0.25, "gradients"),
        Property("inputs", "nothing that came in is changed", 0.25, "inputs"),
    ),
    hints=(
        "Three steps: join the past to the new keys and values, attend, hand back what was read and what was joined. "
        "Without a past there is nothing to join.",
        "Keys are (..., s, k) and (..., n, k), and together (..., s + n, k). `torch.cat` joins along an axis; the "
        "positions are the last axis but one. The past comes first.",
        "New position i is position s + i of the text, and sees s + i + 1 keys. So the mask has n rows and s + n "
        "columns. Draw it for n = 2 and s = 3: where does its diagonal of True end in the first row?",
        "`torch.ones(n, s + n, dtype=torch.bool).tril(d)` keeps what lies on or below the d-th diagonal. With s = 0 "
        "you know the right d: it is the plain causal mask. By how much does it move with s?",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
